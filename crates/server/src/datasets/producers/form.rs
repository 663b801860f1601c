//! Forms with a file.

use std::sync::Arc;

use axum::extract::Request;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::StatusCode;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use multer::{Field, Multipart};
use parking_lot::Mutex;

use crate::Settings;
use crate::http::chunks::chunks;
use crate::http::{ApiError, ApiResult};

/// Name of the field of the file.
const FILE: &str = "file";

/// Longest value of another field, in bytes.
const MAX_VALUE_BYTES: usize = 1024;

/// A form that is about to be read, field by field.
pub(super) struct Form {
    fields: Multipart<'static>,
    /// What is wrong with the body itself.
    failure: Arc<Mutex<Option<ApiError>>>,
}

/// The next field of a form.
pub(super) enum Part {
    /// The file.
    File(Box<FilePart>),
    /// Another one that is not too long, by name.
    Value(String, String),
}

/// The file of a form.
pub(super) struct FilePart {
    field: Field<'static>,
    failure: Arc<Mutex<Option<ApiError>>>,
}

impl Form {
    /// The form that is in the body of a request.
    ///
    /// # Errors
    /// 415 for bodies of other types.
    pub(super) fn of(request: Request, settings: &Settings) -> ApiResult<Form> {
        let (parts, body) = request.into_parts();
        let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        if header(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            return Err(ApiError::message(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Files must be uploaded without a content encoding",
            ));
        }
        let boundary = header(CONTENT_TYPE)
            .and_then(|value| multer::parse_boundary(value).ok())
            .ok_or_else(|| ApiError::message(StatusCode::UNSUPPORTED_MEDIA_TYPE, "HTTP 415 Unsupported Media Type"))?;
        let failure: Arc<Mutex<Option<ApiError>>> = Arc::default();
        let noted = Arc::clone(&failure);
        let bytes = chunks(body, settings.body_idle_timeout, settings.max_body_bytes).map(move |chunk| {
            chunk.map_err(|error| {
                *noted.lock() = Some(error);
                std::io::Error::other("the body ended early")
            })
        });
        Ok(Form {
            fields: Multipart::new(bytes, boundary),
            failure,
        })
    }

    /// The next field, none at the end. A file that was not read to its end is skipped.
    ///
    /// # Errors
    /// 400 for malformed forms and values that are too long, 408, 413.
    pub(super) async fn next(&mut self) -> ApiResult<Option<Part>> {
        let mut field = match self.fields.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => return Ok(None),
            Err(error) => return Err(malformed(&self.failure, &error)),
        };
        let name = field.name().unwrap_or_default().to_owned();
        if name == FILE {
            let failure = Arc::clone(&self.failure);
            return Ok(Some(Part::File(Box::new(FilePart { field, failure }))));
        }
        let mut value = Vec::new();
        loop {
            match field.chunk().await {
                Ok(Some(chunk)) => value.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return Err(malformed(&self.failure, &error)),
            }
            if value.len() > MAX_VALUE_BYTES {
                return Err(ApiError::bad_request(format!("form field {name} is too long")));
            }
        }
        let value = String::from_utf8(value)
            .map_err(|_| ApiError::bad_request(format!("form field {name} is not UTF-8 text")))?;
        Ok(Some(Part::Value(name, value)))
    }
}

impl FilePart {
    /// The bytes of the file, up to the first error.
    pub(super) fn bytes(&mut self) -> impl Stream<Item = ApiResult<Bytes>> + Send + Unpin + '_ {
        let failure = Arc::clone(&self.failure);
        (&mut self.field)
            .map(move |chunk| chunk.map_err(|error| malformed(&failure, &error)))
            .scan(false, |has_failed, chunk| {
                let is_over = std::mem::replace(has_failed, chunk.is_err());
                std::future::ready((!is_over).then_some(chunk))
            })
    }

    /// Reads what is left, so that the client can read the answer.
    pub(super) async fn skip(&mut self) {
        while let Ok(Some(_)) = self.field.chunk().await {}
    }
}

fn malformed(failure: &Mutex<Option<ApiError>>, error: &multer::Error) -> ApiError {
    failure
        .lock()
        .take()
        .unwrap_or_else(|| ApiError::bad_request("Malformed multipart body").details(error.to_string()))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=x";

    fn form(content_type: &str, body: &str) -> ApiResult<Form> {
        let request = http::Request::builder()
            .header(CONTENT_TYPE, content_type)
            .body(Body::from(body.to_owned()))
            .unwrap();
        Form::of(request, &Settings::default())
    }

    async fn read(body: &str) -> ApiResult<Vec<(String, String)>> {
        let mut form = form(TYPE, body)?;
        let mut fields = Vec::new();
        while let Some(part) = form.next().await? {
            match part {
                Part::Value(name, value) => fields.push((name, value)),
                Part::File(mut file) => {
                    let chunks: Vec<ApiResult<Bytes>> = file.bytes().collect().await;
                    let bytes: ApiResult<Vec<Bytes>> = chunks.into_iter().collect();
                    fields.push(("file".to_owned(), String::from_utf8(bytes?.concat()).unwrap()));
                }
            }
        }
        Ok(fields)
    }

    fn field(head: &str, value: &str) -> String {
        format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n")
    }

    #[tokio::test]
    async fn fields_come_in_any_order() {
        let body =
            field("name=\"file\"; filename=\"a.csv\"", "a,b\r\n--1") + &field("name=\"dataset_id\"", "5") + "--x--";
        let read = read(&body).await.unwrap();
        assert_eq!(
            read,
            [
                ("file".to_owned(), "a,b\r\n--1".to_owned()),
                ("dataset_id".to_owned(), "5".to_owned())
            ]
        );
    }

    #[tokio::test]
    async fn what_is_refused() {
        let status = |result: ApiResult<Vec<(String, String)>>| result.unwrap_err().status().as_u16();
        assert_eq!(form("application/json", "{}").err().unwrap().status(), 415);
        assert_eq!(form("multipart/form-data", "").err().unwrap().status(), 415);
        assert_eq!(status(read(&field("name=\"file\"", "cut")).await), 400);
        assert_eq!(status(read("no form").await), 400);
        let long = field("name=\"dataset_id\"", &"5".repeat(MAX_VALUE_BYTES + 1)) + "--x--";
        assert_eq!(status(read(&long).await), 400);
    }

    #[tokio::test]
    async fn a_file_need_not_be_read() {
        let body = field("name=\"file\"", "a\nb") + &field("name=\"z\"", "1") + "--x--";
        let mut form = form(TYPE, &body).unwrap();
        let Some(Part::File(mut file)) = form.next().await.unwrap() else {
            panic!("no file");
        };
        file.skip().await;
        drop(file);
        assert!(matches!(form.next().await.unwrap(), Some(Part::Value(name, _)) if name == "z"));
        assert!(form.next().await.unwrap().is_none());
    }
}
