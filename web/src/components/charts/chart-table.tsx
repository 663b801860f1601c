interface ChartTableProps {
  caption: string;
  /** What the names of rows are: "Time", "Score". */
  rowsAre: string;
  columns: readonly { id: string; label: string }[];
  /** Values in the order of the columns, as they are read out. */
  rows: readonly { id: string | number; name: string; values: readonly string[] }[];
}

/** The numbers behind a chart, for those who cannot see it. */
export function ChartTable({ caption, rowsAre, columns, rows }: ChartTableProps) {
  return (
    <div className="sr-only">
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{rowsAre}</th>
            {columns.map((column) => (
              <th key={column.id} scope="col">
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">{row.name}</th>
              {row.values.map((value, index) => (
                <td key={index}>{value}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
