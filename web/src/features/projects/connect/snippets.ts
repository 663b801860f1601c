/** Where an application has to send its traces. */
export interface Target {
  /** Root of the REST API, as SDKs want it. */
  url: string;
  workspace: string;
  project: string;
}

export type Language = "bash" | "python" | "typescript";

/** How to connect one kind of application. */
export interface Guide {
  id: string;
  label: string;
  /** One line on when to choose it. */
  hint: string;
  install: string;
  language: Exclude<Language, "bash">;
  /** Name of the file that the code is shown as. */
  file: string;
  code: (target: Target) => string;
  run: string;
  /** What the code needs besides its packages. */
  needs?: string;
}

/** A text as a literal: what JSON escapes is escaped alike in Python and in TypeScript. */
function literal(text: string): string {
  return JSON.stringify(text);
}

function pythonSettings({ url, workspace, project }: Target): string {
  return `import os

os.environ["OPIK_URL_OVERRIDE"] = ${literal(url)}
os.environ["OPIK_WORKSPACE"] = ${literal(workspace)}
os.environ["OPIK_PROJECT_NAME"] = ${literal(project)}
`;
}

/** All guides, the most general first. */
export const GUIDES: readonly Guide[] = [
  {
    id: "python",
    label: "Python",
    hint: "A decorator traces any function",
    install: "pip install opik",
    language: "python",
    file: "app.py",
    run: "python app.py",
    code: (target) => `${pythonSettings(target)}
import opik


@opik.track
def search(question: str) -> list[str]:
    return ["Orders ship within two days."]


@opik.track
def answer(question: str) -> str:
    documents = search(question)
    return f"{documents[0]} (You asked: {question})"


print(answer("When does my order ship?"))
opik.flush_tracker()
`,
  },
  {
    id: "typescript",
    label: "TypeScript",
    hint: "Node.js, Bun and Deno",
    install: "npm install opik",
    language: "typescript",
    file: "app.mts",
    run: "npx tsx app.mts",
    code: ({ url, workspace, project }) => `import { Opik } from "opik";

const opik = new Opik({
  apiUrl: ${literal(url)},
  workspaceName: ${literal(workspace)},
  projectName: ${literal(project)},
});

const trace = opik.trace({ name: "answer", input: { question: "When does my order ship?" } });

const span = trace.span({ name: "search", type: "tool", input: { query: "shipping time" } });
span.update({ output: { documents: ["Orders ship within two days."] } });
span.end();

trace.update({ output: { answer: "Within two days." } });
trace.end();

await opik.flush();
`,
  },
  {
    id: "openai",
    label: "OpenAI",
    hint: "Wraps its Python client",
    install: "pip install opik openai",
    language: "python",
    file: "app.py",
    run: "python app.py",
    needs: "an OPENAI_API_KEY in the environment",
    code: (target) => `${pythonSettings(target)}
import opik
from openai import OpenAI
from opik.integrations.openai import track_openai

client = track_openai(OpenAI())

completion = client.chat.completions.create(
    model="gpt-4.1-mini",
    messages=[{"role": "user", "content": "Say hello in three languages."}],
)
print(completion.choices[0].message.content)
opik.flush_tracker()
`,
  },
  {
    id: "anthropic",
    label: "Anthropic",
    hint: "Wraps its Python client",
    install: "pip install opik anthropic",
    language: "python",
    file: "app.py",
    run: "python app.py",
    needs: "an ANTHROPIC_API_KEY in the environment",
    code: (target) => `${pythonSettings(target)}
import opik
from anthropic import Anthropic
from opik.integrations.anthropic import track_anthropic

client = track_anthropic(Anthropic())

message = client.messages.create(
    model="claude-sonnet-4-5",
    max_tokens=256,
    messages=[{"role": "user", "content": "Say hello in three languages."}],
)
print(message.content[0].text)
opik.flush_tracker()
`,
  },
  {
    id: "langchain",
    label: "LangChain",
    hint: "A callback for chains and agents",
    install: "pip install opik langchain langchain-openai",
    language: "python",
    file: "app.py",
    run: "python app.py",
    needs: "an OPENAI_API_KEY in the environment",
    code: (target) => `${pythonSettings(target)}
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI
from opik.integrations.langchain import OpikTracer

tracer = OpikTracer()

prompt = ChatPromptTemplate.from_messages([("user", "Say hello in {count} languages.")])
chain = prompt | ChatOpenAI(model="gpt-4.1-mini")

result = chain.invoke({"count": "three"}, config={"callbacks": [tracer]})
print(result.content)
tracer.flush()
`,
  },
  {
    id: "litellm",
    label: "LiteLLM",
    hint: "Calls of any provider",
    install: "pip install opik litellm",
    language: "python",
    file: "app.py",
    run: "python app.py",
    needs: "the API key of your provider in the environment",
    code: (target) => `${pythonSettings(target)}
import litellm
import opik
from opik.integrations.litellm import track_completion

completion = track_completion()(litellm.completion)

response = completion(
    model="gpt-4.1-mini",
    messages=[{"role": "user", "content": "Say hello in three languages."}],
)
print(response.choices[0].message.content)
opik.flush_tracker()
`,
  },
  {
    id: "opentelemetry",
    label: "OpenTelemetry",
    hint: "Any exporter that speaks OTLP over HTTP",
    install: "pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http",
    language: "python",
    file: "app.py",
    run: "python app.py",
    code: ({ url, workspace, project }) => `from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

server = ${literal(url)}
exporter = OTLPSpanExporter(
    endpoint=f"{server}/v1/private/otel/v1/traces",
    headers={"Comet-Workspace": ${literal(workspace)}, "projectName": ${literal(project)}},
)
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(exporter))
trace.set_tracer_provider(provider)

tracer = trace.get_tracer("app")
with tracer.start_as_current_span("answer") as span:
    span.set_attribute("gen_ai.request.model", "gpt-4.1-mini")
    span.set_attribute("input", "When will my order arrive?")
    span.set_attribute("output", "Orders ship within two days.")

provider.force_flush()
`,
  },
];
