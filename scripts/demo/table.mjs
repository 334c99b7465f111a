/** The table of the demo: a row a line of the script, a column a way. */

/** The rows of a way, in the order of the titles; those that never ran are missing. */
export function formatTable(titles, ways) {
  const rows = [
    ['', ...ways.map(({ name }) => name)],
    ...titles.map((title, index) => [title, ...ways.map(({ rows }) => cell(rows[index]))]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column]))
      .join('   ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '─'.repeat(width)).join('   ');
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

/** A sentence for each line that did not hold. */
export function failures(titles, ways) {
  return ways.flatMap(({ name, rows, fault }) => [
    ...titles.flatMap((title, index) => {
      const row = rows[index];
      return row && !row.ok ? [`${name}, ${title}: ${row.note}`] : [];
    }),
    ...(fault ? [`${name}: ${fault}`] : []),
  ]);
}

function cell(row) {
  if (!row) return 'not run';
  return row.ok ? `ok  ${row.note}` : 'failed';
}
