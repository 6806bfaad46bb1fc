// @powersync/mysql-zongji, by file and position: prints each change as a JSON line (zoo.py says which).
//   node driver.cjs FOLDER '{"host": ..., "port": ..., "user": ..., "password": ..., "server_id": ...,
//                            "schema": ..., "file": ..., "position": ...}'
// FOLDER: where the package is installed.
const { createRequire } = require('node:module');
const { readFileSync } = require('node:fs');

const [folder, text] = process.argv.slice(2);
const start = JSON.parse(text);
const ZongJi = createRequire(`${folder}/package.json`)('@powersync/mysql-zongji');

const say = line => process.stdout.write(JSON.stringify(line) + '\n');
const row = values => Object.fromEntries(Object.entries(values).map(([n, v]) => [n, v === null ? null : String(v)]));

const zongji = new ZongJi({
  host: start.host, port: start.port, user: start.user, password: start.password, dateStrings: true,
});
zongji.on('error', error => {
  console.error(error);
  process.exit(1);
});

let file = start.file;
const place = position => say({ kind: 'place', file, position });

zongji.on('binlog', event => {
  const table = event.tableMap && event.tableMap[event.tableId];
  const of = rows => rows.forEach(([before, after]) => say({
    kind: 'row', schema: table.parentSchema, table: table.tableName,
    before: before && row(before), after: after && row(after),
  }));
  switch (event.getEventName()) {
    case 'rotate':
      file = event.binlogName;
      place(event.position);
      break;
    case 'query':
      if (event.query === 'BEGIN') {
        say({ kind: 'begin' });
      } else if (!/^(SAVEPOINT|ROLLBACK TO) /.test(event.query)) {
        if (event.query !== 'COMMIT' && event.query !== 'ROLLBACK') say({ kind: 'ddl', schema: event.schema, sql: event.query });
        place(event.nextPosition);
      }
      break;
    case 'xid':
      place(event.nextPosition);
      break;
    case 'writerows':
      of(event.rows.map(r => [null, r]));
      break;
    case 'updaterows':
      of(event.rows.map(r => [r.before, r.after]));
      break;
    case 'deleterows':
      of(event.rows.map(r => [r, null]));
      break;
  }
});

say({ kind: 'version', version: JSON.parse(readFileSync(`${folder}/node_modules/@powersync/mysql-zongji/package.json`)).version });
zongji.start({
  serverId: start.server_id, filename: start.file, position: start.position, includeSchema: { [start.schema]: true },
});
