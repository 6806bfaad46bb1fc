"""A TCP forwarder in front of a MySQL server that cuts and damages what it forwards.

    forwarder = Forwarder(server)            # has .host, .port and the accounts of the server
    forwarder.cut()                          # ends all connections
    forwarder.closed = True                  # and accepts no more
    forwarder.damage = garble_bytes(dice)    # called with each piece of bytes of a dump
    forwarder.rate = 20_000                  # bytes a second from the server to each client
    Forwarder(server, from_host='127.0.0.2') # what the server takes for its client's address

What the server sends is damaged only in a dump, and only by `damage` (bytes as they come) or
`on_packet` (whole packets). Both know a dump only without TLS.
"""

import socket
import struct
import threading
import time
import zlib

import testbed

COM_BINLOG_DUMP = 0x12


class Forwarder:
    def __init__(self, server, from_host=''):
        self.server = server
        self.from_host = from_host
        self.host = testbed.HOST
        self.port = testbed.free_port()
        self.on_command = None  # called with what a client sends, before it is sent on
        self.closed = False
        self.damage = None      # bytes -> bytes
        self.on_packet = None   # payload -> list of payloads, or None: end the connection
        self.rate = None        # bytes a second; None: as they come
        self.connections = 0
        self.dumps = 0
        self._open = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server((self.host, self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def __getattr__(self, name):
        # Accounts, client(), version: those of the server behind.
        return getattr(self.server, name)

    def cut(self):
        with self._lock:
            for one in self._open:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def stop(self):
        self.closed = True
        self._listener.close()
        self.cut()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            if self.closed:
                client.close()
                continue
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client):
        try:
            server = socket.create_connection((self.server.host, self.server.port), 10, (self.from_host, 0))
        except OSError:
            client.close()
            return
        for one in (client, server):
            one.settimeout(None)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open |= {client, server}
        dump = threading.Event()
        threads = [threading.Thread(target=self._upwards, args=(client, server, dump), daemon=True),
                   threading.Thread(target=self._downwards, args=(server, client, dump), daemon=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with self._lock:
            self._open -= {client, server}
        client.close()
        server.close()

    def _upwards(self, client, server, dump):
        try:
            while data := client.recv(65536):
                # The command is a packet of its own with sequence number 0.
                if len(data) > 5 and data[3] == 0 and data[4] == COM_BINLOG_DUMP:
                    self.dumps += 1
                    dump.set()
                if self.on_command:
                    self.on_command(data)
                server.sendall(data)
        except OSError:
            pass
        _end(client, server)

    def _downwards(self, server, client, dump):
        rest = b''
        sequence = None
        try:
            while data := server.recv(262144):
                on_packet, damage = self.on_packet, self.damage
                if dump.is_set() and (on_packet or rest):
                    rest += data
                    out = []
                    at = 0
                    while len(rest) - at >= 4:
                        size = int.from_bytes(rest[at:at + 3], 'little')
                        if len(rest) - at < 4 + size:
                            break
                        if sequence is None:
                            sequence = rest[at + 3]
                        payload = rest[at + 4:at + 4 + size]
                        made = on_packet(payload) if on_packet else [payload]
                        at += 4 + size
                        if made is None:
                            return
                        for payload in made:
                            if isinstance(payload, tuple):  # raw bytes, framing and all
                                out.append(payload[0])
                                continue
                            out.append(struct.pack('<I', len(payload) | sequence << 24) + payload)
                            sequence = sequence + 1 & 255
                    rest = rest[at:]
                    data = b''.join(out)
                elif dump.is_set() and damage:
                    data = damage(data)
                self._send(client, data)
        except OSError:
            pass
        finally:
            _end(client, server)

    def _send(self, client, data):
        sent = 0
        while sent < len(data):
            rate = self.rate
            size = max(1, rate // 20) if rate else len(data)
            client.sendall(data[sent:sent + size])
            sent += size
            if rate:
                time.sleep(0.05)


def _end(*connections):
    for one in connections:
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def seal(event):
    """The event with a right size field and a right checksum."""
    event = bytearray(event)
    struct.pack_into('<I', event, 9, len(event))
    struct.pack_into('<I', event, len(event) - 4, zlib.crc32(bytes(event[:-4])))
    return bytes(event)
