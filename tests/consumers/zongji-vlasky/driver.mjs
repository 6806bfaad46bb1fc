// @vlasky/zongji, by GTID: prints each change as a JSON line (zoo.py says which).
//   node driver.mjs FOLDER '{"host": ..., "port": ..., "user": ..., "password": ..., "server_id": ..., "gtid": SET}'
// FOLDER: where the package is installed.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [folder, text] = process.argv.slice(2);
const start = JSON.parse(text);
const require = createRequire(`${folder}/package.json`);
const main = require.resolve('@vlasky/zongji');
const { default: ZongJi } = await import(pathToFileURL(main));

const say = line => process.stdout.write(JSON.stringify(line) + '\n');
const row = values => Object.fromEntries(Object.entries(values).map(([n, v]) => [n, v === null ? null : String(v)]));

const zongji = new ZongJi({
  host: start.host, port: start.port, user: start.user, password: start.password, dateStrings: true,
});
zongji.on('error', error => {
  console.error(error);
  process.exit(1);
});

const place = () => say({ kind: 'place', gtid: zongji.gtidSet });
let open = false; // a transaction, or a statement of its own, has not been followed by its end

zongji.on('binlog', event => {
  const name = event.getEventName();
  const table = event.tableMap && event.tableMap[event.tableId];
  const of = rows => rows.forEach(([before, after]) => say({
    kind: 'row', schema: table.parentSchema, table: table.tableName,
    before: before && row(before), after: after && row(after),
  }));
  switch (name) {
    case 'gtid':
      // The set grows at a transaction's end; at a statement's, only when the next transaction begins.
      if (open) place();
      say({ kind: 'begin' });
      open = false;
      break;
    case 'query':
      if (event.query === 'COMMIT' || event.query === 'ROLLBACK') {
        place();
      } else if (event.query !== 'BEGIN' && !/^(SAVEPOINT|ROLLBACK TO) /.test(event.query)) {
        say({ kind: 'ddl', schema: event.schema, sql: event.query });
        open = true;
      }
      break;
    case 'xid':
      place();
      break;
    case 'writerows':
      if (table.parentSchema === start.schema) of(event.rows.map(r => [null, r]));
      break;
    case 'updaterows':
      if (table.parentSchema === start.schema) of(event.rows.map(r => [r.before, r.after]));
      break;
    case 'deleterows':
      if (table.parentSchema === start.schema) of(event.rows.map(r => [r, null]));
      break;
  }
});

say({ kind: 'version', version: JSON.parse(readFileSync(`${folder}/node_modules/@vlasky/zongji/package.json`)).version });
zongji.start({ serverId: start.server_id, gtidSet: start.gtid });
