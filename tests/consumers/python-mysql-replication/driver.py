"""mysql-replication, by GTID: prints each change as a JSON line (zoo.py says which).

    driver.py '{"host": ..., "port": ..., "user": ..., "password": ..., "server_id": ..., "gtid": SET}'
"""

import datetime
import importlib.metadata
import json
import sys

from pymysqlreplication import BinLogStreamReader
from pymysqlreplication.event import GtidEvent, QueryEvent, XidEvent
from pymysqlreplication.gtid import Gtid, GtidSet
from pymysqlreplication.row_event import DeleteRowsEvent, UpdateRowsEvent, WriteRowsEvent

start = json.loads(sys.argv[1])


def say(kind, **more):
    print(json.dumps({'kind': kind, **more}), flush=True)


def value(of):
    if of is None:
        return None
    if isinstance(of, datetime.datetime):
        return of.strftime('%Y-%m-%d %H:%M:%S.%f')
    return str(of)


def row(values):
    return None if values is None else {name: value(of) for name, of in values.items()}


reader = BinLogStreamReader(
    connection_settings={k: start[k] for k in ('host', 'port', 'user', 'password')}, server_id=start['server_id'],
    auto_position=start['gtid'], blocking=True, only_schemas=[start['schema']], enable_logging=False,
    only_events=[GtidEvent, QueryEvent, XidEvent, WriteRowsEvent, UpdateRowsEvent, DeleteRowsEvent])
say('version', version=importlib.metadata.version('mysql-replication'))
executed = GtidSet(start['gtid'])
current = None


def place():
    """The transaction is complete. The reader connects again by itself, from the set it has."""
    global executed
    executed = executed + Gtid(current)
    reader.auto_position = str(executed)
    say('place', gtid=str(executed))


for event in reader:
    if isinstance(event, GtidEvent):
        current = event.gtid
        say('begin')
    elif isinstance(event, XidEvent):
        place()
    elif isinstance(event, QueryEvent):
        if event.query in ('COMMIT', 'ROLLBACK'):
            place()
        elif event.query != 'BEGIN' and not event.query.startswith(('SAVEPOINT', 'ROLLBACK TO')):
            say('ddl', schema=event.schema.decode() if isinstance(event.schema, bytes) else event.schema, sql=event.query)
            place()
    else:
        for one in event.rows:
            before = one.get('before_values') if isinstance(event, UpdateRowsEvent) else \
                one['values'] if isinstance(event, DeleteRowsEvent) else None
            after = one.get('after_values') if isinstance(event, UpdateRowsEvent) else \
                one['values'] if isinstance(event, WriteRowsEvent) else None
            say('row', schema=event.schema, table=event.table, before=row(before), after=row(after))
