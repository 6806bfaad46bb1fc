"""The source dies, restarts, rotates often; the network cuts, garbles and lies: what is served stays the source's log."""

import struct
import sys
import threading
import time
from pathlib import Path

import testbed
sys.path.insert(0, str(Path(__file__).parent))
from forwarder import seal  # noqa: E402
from chaos_scene import Scene  # noqa: E402


def test_the_source_restarts_in_the_middle_of_the_load(folder):
    scene = Scene(folder, migrate=False)
    for _ in range(4):
        scene.writer.wait_for(100)
        scene.primary.restart()
    scene.writer.wait_for(100)
    scene.finish()


def test_the_source_is_killed_in_the_middle_of_the_load(folder):
    scene = Scene(folder, migrate=False, rate=300)
    for _ in range(6):
        scene.writer.wait_for(scene.dice.randrange(50, 200))
        scene.primary.kill9()
        scene.primary.start()
    scene.writer.wait_for(100)
    scene.finish()


def test_the_source_is_killed_in_a_large_transaction(folder):
    scene = Scene(folder, migrate=False)
    scene.primary.sql('CREATE TABLE shop.large (id int AUTO_INCREMENT PRIMARY KEY, text longtext)')
    for _ in range(3):
        done = threading.Event()

        def write():
            try:
                with scene.primary.connect() as connection, connection.cursor() as cursor:
                    cursor.execute("BEGIN; INSERT INTO shop.large (text) SELECT REPEAT('x', 200000) FROM "
                                   'shop.orders LIMIT 500; COMMIT')
            except Exception:
                pass
            done.set()
        threading.Thread(target=write, daemon=True).start()
        done.wait(scene.dice.uniform(0.2, 2))
        scene.primary.kill9()
        scene.primary.start()
    scene.writer.wait_for(50)
    scene.finish()


def test_hundreds_of_small_files_are_followed(folder):
    scene = Scene(folder)
    for _ in range(300):
        scene.primary.sql('FLUSH BINARY LOGS')
        time.sleep(scene.dice.uniform(0, 0.1))
    scene.finish()


def test_the_network_cuts_again_and_again(folder):
    scene = Scene(folder, tls=True)
    for _ in range(25):
        time.sleep(scene.dice.uniform(0.05, 1.2))
        scene.forwarder.closed = scene.dice.random() < 0.4
        scene.forwarder.cut()
        if scene.forwarder.closed:
            time.sleep(scene.dice.uniform(0, 0.5))
            scene.forwarder.closed = False
    scene.finish()


class Faults:
    """Damages a packet of a dump now and then; each kind in turn. One to a dump, or what follows is never read."""

    def __init__(self, scene, every):
        self.dice, self.every, self.forwarder = scene.dice, every, scene.forwarder
        self.dump = self.left = self.passed = self.last = 0
        self.done = {}
        self.kinds = [getattr(self, name) for name in sorted(dir(self)) if name.startswith('do_')]

    def __call__(self, payload):
        if self.dump != self.forwarder.dumps:
            self.dump = self.forwarder.dumps
            # Now and then at its head; but five times at one place is too often.
            at_head = self.passed > self.every and self.dice.random() < 0.3
            self.left = self.dice.randrange(1, 4 if at_head else 2 * self.every)
            self.passed = 0
        self.left -= 1
        self.passed += 1
        if self.left < 0 and time.monotonic() > self.last + 20:  # the last one did no harm
            self.left = 0
        if self.left != 0 or len(payload) < 30 or payload[0] != 0:
            return [payload]
        kind = self.kinds[sum(self.done.values()) % len(self.kinds)]
        if kind == self.do_wrong_body_of_a_query and payload[5] != 2:
            self.left = 1
            return [payload]
        self.last = time.monotonic()
        self.done[kind.__name__] = self.done.get(kind.__name__, 0) + 1
        return kind(payload)

    def do_flip_a_bit(self, payload):
        made = bytearray(payload)
        made[self.dice.randrange(1, len(made))] ^= 1 << self.dice.randrange(8)
        return [bytes(made)]

    def do_drop(self, payload):
        return []

    def do_repeat(self, payload):
        return [payload, payload]

    def do_shorten(self, payload):
        return [payload[:self.dice.randrange(1, len(payload))]]

    def do_lengthen(self, payload):
        return [payload + b'more']

    def do_end_in_the_middle(self, payload):
        return [(struct.pack('<I', len(payload)) + payload[:len(payload) // 2],), None]

    def do_empty(self, payload):
        return [b'', payload]

    def do_noise(self, payload):
        return [(self.dice.randbytes(500),)]

    def do_wrong_sequence_number(self, payload):
        return [(struct.pack('<I', len(payload) | self.dice.randrange(256) << 24) + payload,)]

    def do_error(self, payload):
        return [b'\xff' + struct.pack('<H', 1236) + b'#HY000' + b'bogus data in log event']

    def do_error_without_text(self, payload):
        return [b'\xff']

    def do_eof(self, payload):
        return [b'\xfe\0\0\2\0']

    # Events that lie, with right checksums.
    def do_shorten_and_seal(self, payload):
        return [b'\0' + seal(payload[1:1 + max(23, len(payload) - 1 - self.dice.randrange(1, 8))])]

    def do_wrong_body_of_a_query(self, payload):
        made = bytearray(payload[1:])
        return [b'\0' + seal(made[:30] + b'\xff\xff' + made[32:])]

    def do_other_position(self, payload):
        made = bytearray(payload[1:])
        struct.pack_into('<I', made, 13, self.dice.randrange(1 << 32))
        return [b'\0' + seal(made)]

    def do_rotate_elsewhere(self, payload):
        header = struct.pack('<IBIIIH', 0, 4, 1, 0, 0, 0x20)
        return [b'\0' + seal(header + struct.pack('<Q', 4) + b'mysql-bin.999999' + b'\0\0\0\0'), payload]

    def do_rotate_back(self, payload):
        header = struct.pack('<IBIIIH', 0, 4, 1, 0, 0, 0x20)
        return [b'\0' + seal(header + struct.pack('<Q', 4) + b'mysql-bin.000001' + b'\0\0\0\0'), payload]

    def do_heartbeat_ahead(self, payload):
        header = struct.pack('<IBIIIH', 0, 27, 1, 0, 4_000_000, 0)
        return [b'\0' + seal(header + b'mysql-bin.000001' + b'\0\0\0\0'), payload]


def test_damaged_and_lying_events_are_asked_for_again(folder):
    scene = Scene(folder)
    faults = Faults(scene, 60)

    def on_packet(payload):
        made = faults(payload)
        if made and made[-1] is None:
            made.pop()
            scene.forwarder.cut()
        return made
    scene.forwarder.on_packet = on_packet
    testbed.wait_until('each fault came twice', lambda: scene.check_alive() or len(faults.done) == len(faults.kinds)
                       and min(faults.done.values()) >= 2, timeout=240)
    scene.forwarder.on_packet = None
    scene.finish()
    print(f'      {sum(faults.done.values())} faults, {scene.forwarder.dumps} dumps', flush=True)


test_damaged_and_lying_events_are_asked_for_again.timeout = 480


def test_bytes_garbled_below_the_packets_are_asked_for_again(folder):
    scene = Scene(folder, migrate=False)
    dice = scene.dice

    def garble(data):
        if dice.random() > 0.02:
            return data
        data = bytearray(data)
        where = dice.randrange(len(data))
        if dice.random() < 0.5:
            del data[where:where + dice.randrange(1, 200)]
        else:
            for _ in range(dice.randrange(1, 5)):
                data[dice.randrange(len(data))] = dice.randrange(256)
        return bytes(data)
    scene.forwarder.damage = garble
    until = time.monotonic() + 45
    while time.monotonic() < until:
        scene.check_alive()
        time.sleep(0.5)
    scene.forwarder.damage = None
    scene.forwarder.cut()
    scene.finish()
    print(f'      {scene.forwarder.dumps} dumps', flush=True)


def _always_damaged(folder, damage, words, types=(30, 31, 32)):
    """One event of the source always comes damaged: unghost says so, and serves on; then it goes on by itself."""
    scene = Scene(folder, migrate=False)
    scene.writer.wait_for(50)
    target = []

    def on_packet(payload):
        if payload[0] == 0 and len(payload) > 40 and payload[5] in types:
            event = payload[1:]
            position = struct.unpack_from('<I', event, 13)[0]
            if not target:
                target.append(position)
            if target[0] == position:
                return [b'\0' + damage(event)]
        return [payload]
    scene.forwarder.on_packet = on_packet
    testbed.wait_until('unghost gives up', lambda: scene.unghost.status()['phase'] == 'not following', 60)
    log = scene.unghost.log()
    scene.check_alive()
    for word in words:
        testbed.check(word in log, f'its log does not say "{word}":\n' + testbed.tail(scene.unghost.log_file))
    scene.forwarder.on_packet = None
    testbed.wait_until('it goes on', lambda: scene.unghost.status()['phase'] == 'serving', 60)
    scene.finish()


def test_an_event_that_always_comes_damaged_is_said(folder):
    def damage(event):
        return event[:-6] + bytes([event[-6] ^ 1]) + event[-5:]
    _always_damaged(folder, damage, ['wrong checksum', 'mysqlbinlog --verify-binlog-checksum'])


def test_an_event_that_cannot_be_read_is_said(folder):
    def damage(event):
        # Its checksum is right, and its status variables are longer than it is.
        return seal(event[:30] + b'\xff\xff' + event[32:])
    _always_damaged(folder, damage, ['the event at mysql-bin.000001:', 'attempt 5'], types=(2,))
