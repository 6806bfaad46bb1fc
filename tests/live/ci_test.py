"""What every change must pass with real servers: one migration of each tool under load, downstream of unghost.

The suites beside this one go further; tests/long.sh runs them.
"""

import testbed
from scene import SCHEMA, Scene
from testbed import check

ADD = 'ADD COLUMN added int NOT NULL DEFAULT 7'


def test_gh_ost_and_pt_osc_are_folded_on_9_7(folder):
    scene = Scene(folder, '9.7', workers=8)
    for table in ('orders', 'items'):
        scene.table(table, rows=1000)
    writer = scene.writer('orders', 'items', rate=80)
    writer.wait_for(20)
    testbed.gh_ost(scene.primary, '1.1.8', SCHEMA, 'orders', ADD).succeed(90)
    testbed.pt_osc(scene.primary, '3.7.1', SCHEMA, 'items', ADD, chunk_time='0', chunk_size=200, sleep='0.3').succeed(90)
    scene.unghost.kill9()
    writer.wait_for(20)
    scene.unghost.start()
    testbed.gh_ost(scene.primary, '1.1.8', SCHEMA, 'orders', 'ADD UNIQUE KEY one (code), ADD COLUMN made timestamp').succeed(90)
    writer.wait_for(20)
    writer.stop()
    scene.equal()
    scene.expect(0, 'orders', 'folding', 'passing')
    scene.expect(0, 'items', 'folding')
    check(not scene.rows_served('_items_new'), 'rows of a ghost were served')


def test_gh_ost_and_pt_osc_are_folded_on_8_0(folder):
    scene = Scene(folder, '8.0', workers=4)
    for table in ('orders', 'items'):
        scene.table(table, rows=500)
    writer = scene.writer('items', rate=80)
    testbed.gh_ost(scene.primary, '1.1.6', SCHEMA, 'orders', ADD).succeed(90)
    testbed.pt_osc(scene.primary, '3.2.1', SCHEMA, 'items', ADD, chunk_time='0', chunk_size=200, sleep='0.3').succeed(90)
    writer.wait_for(20)
    writer.stop()
    scene.equal()
    scene.expect(0, 'orders', 'folding')
    scene.expect(0, 'items', 'folding')
    check(not any(scene.rows_served(ghost) for ghost in ('_orders_gho', '_orders_ghc', '_items_new')),
          'rows of a ghost were served')
