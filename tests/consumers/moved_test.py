"""One consumer, moved while the primary is written to: from the primary to unghost, and back. Final rows as the primary's.

It goes on from its own place: its GTIDs, or the primary's file and position, which unghost translates. Back with file
and position it is told what `unghost position` says. What equal means: zoo.py and zoo_snapshot.py.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import testbed  # noqa: E402
import zoo  # noqa: E402
import zoo_snapshot  # noqa: E402
from scene import SCHEMA  # noqa: E402

JAVA = ['java', '-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp']


def move(bed, consumer, to):
    """Stops it and starts it there, once nothing is hidden."""
    testbed.wait_until('it is safe to move', lambda: bed.unghost.status()['safe_to_move'])
    consumer.stop()
    consumer.ended.wait(20)
    if to is bed.primary and 'file' in (consumer.model.place or {}) and 'gtid' not in consumer.model.place:
        place = consumer.model.place
        answer = json.loads(bed.unghost.command('position', '--json', f'{place["file"]}:{place["position"]}'))
        consumer.model.place = answer['there']
    if isinstance(consumer.model, zoo_snapshot.Tables):
        consumer.model.forget_places()  # in the other log they are others
    consumer.login['port'] = to.port
    places = consumer.places
    consumer.start()
    consumer.wait('follows where it was moved to', lambda: consumer.places > places, 90)


def migrate(bed, column):
    testbed.gh_ost(bed.primary, '1.1.8', SCHEMA, 'orders', f'ADD COLUMN {column} int NOT NULL DEFAULT 7').succeed()
    testbed.pt_osc(bed.primary, '3.7.1', SCHEMA, 'items', f'ADD COLUMN {column} int NOT NULL DEFAULT 8', chunk_time='0',
                   chunk_size=100, sleep='0.2').succeed()


def there_and_back(bed, consumer, writer, name, back=True):
    bed.consumers = [consumer]
    migrate(bed, 'a')
    move(bed, consumer, bed.unghost)
    mark = bed.scene.mark()
    migrate(bed, 'b')
    testbed.gh_ost(bed.primary, '1.1.8', SCHEMA, 'orders', 'ADD COLUMN seen timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP').succeed()
    writer.wait_for(20)
    testbed.wait_until('unghost has read all', lambda: bed.scene.said(mark, 'passing'), 30)
    bed.scene.expect(mark, 'items', 'folding')
    bed.scene.expect(mark, 'orders', 'folding', 'passing')
    if back:
        move(bed, consumer, bed.primary)
        migrate(bed, 'c')
    writer.stop()
    bed.primary.sql(f'INSERT INTO {SCHEMA}.finish VALUES (1)')
    consumer.wait('the last row', lambda: '1' in consumer.model.tables.get((SCHEMA, 'finish'), ()))
    zoo.report(bed, f'{name}, moved')


def follower(folder, version, name, program):
    """A program that is told its place."""
    bed = zoo.Zoo(folder, version, program, snapshot=True)
    place = bed.place_at(bed.primary.port)
    bed.primary.sql(f'CREATE TABLE {SCHEMA}.finish (id int PRIMARY KEY)')
    for table in ('orders', 'items'):
        bed.scene.table(table)
    writer = bed.scene.writer('orders', 'items')
    consumer = zoo.Consumer('moved', program, bed.primary.port, place, folder)
    consumer.wait('follows', lambda: consumer.places > 20)
    there_and_back(bed, consumer, writer, name)


def snapshotter(folder, version, name, program, gtid, back):
    """A program that keeps its place itself, behind a snapshot."""
    bed = zoo_snapshot.SnapshotZoo(folder, version, program, gtid=gtid)
    own = folder / 'consumer'
    own.mkdir()
    consumer = zoo.Consumer('moved', program, bed.primary.port, bed.place_at(bed.primary.port), own, zoo_snapshot.AT_LEAST())
    consumer.wait('follows after its snapshot', lambda: consumer.model.kept[0], 90)
    there_and_back(bed, consumer, bed.writer, name, back)


def go_mysql(folder, version, mode):
    follower(folder, version, f'go-mysql ({mode})', [zoo.installed('go-mysql-1.12.0') / 'driver', mode])


def test_go_mysql_gtid_9_7(folder):
    go_mysql(folder, '9.7', 'gtid')


def test_go_mysql_position_9_7(folder):
    go_mysql(folder, '9.7', 'position')


def test_connector_java_position_8_0(folder):
    home = zoo.installed('mysql-binlog-connector-java-0.30.1')
    follower(folder, '8.0', 'mysql-binlog-connector-java (position)', [*JAVA, f'{home}/*:{home}', 'Driver', 'position'])


def debezium(folder, version, mode, back):
    home = zoo.installed('debezium-3.6.1.Final')
    snapshotter(folder, version, f'Debezium ({mode})', [*JAVA, f'{home}:{home}/lib/*', 'Driver'], mode == 'gtid', back)


def test_debezium_gtid_9_7(folder):
    debezium(folder, '9.7', 'gtid', back=True)


def test_debezium_position_8_0(folder):
    """There only: back with file and position it needs another snapshot."""
    debezium(folder, '8.0', 'position', back=False)
