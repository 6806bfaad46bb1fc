package main

import (
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
	"github.com/google/uuid"
)

var source = uuid.MustParse("11111111-2222-3333-4444-555555555555")

func gtids(t *testing.T, text string) *mysql.MysqlGTIDSet {
	t.Helper()
	set, err := parseSet(strings.ReplaceAll(text, "S", source.String()))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// A log in the making: events one behind the other.
type made struct {
	at   uint32
	sent []*replication.BinlogEvent
}

func (m *made) add(kind replication.EventType, size uint32, event replication.Event) *replication.BinlogEvent {
	m.at += size
	raw := make([]byte, size)
	binary.LittleEndian.PutUint32(raw[9:], size)
	binary.LittleEndian.PutUint32(raw[13:], m.at)
	e := &replication.BinlogEvent{RawData: raw, Event: event,
		Header: &replication.EventHeader{Timestamp: 1, EventType: kind, EventSize: size, LogPos: m.at}}
	m.sent = append(m.sent, e)
	return e
}

func (m *made) artificialRotate(name string, at uint64) *replication.BinlogEvent {
	e := &replication.BinlogEvent{RawData: make([]byte, 40),
		Header: &replication.EventHeader{EventType: replication.ROTATE_EVENT, EventSize: 40, Flags: replication.LOG_EVENT_ARTIFICIAL_F},
		Event:  &replication.RotateEvent{Position: at, NextLogName: []byte(name)}}
	m.sent = append(m.sent, e)
	return e
}

// begin of a connection, or of a file.
func (m *made) begin(name, previous string) {
	m.artificialRotate(name, 4)
	m.at = 4
	m.add(replication.FORMAT_DESCRIPTION_EVENT, 120,
		&replication.FormatDescriptionEvent{ChecksumAlgorithm: replication.BINLOG_CHECKSUM_ALG_CRC32})
	m.add(replication.PREVIOUS_GTIDS_EVENT, 60,
		&replication.PreviousGTIDsEvent{GTIDSets: strings.ReplaceAll(previous, "S", source.String())})
}

func (m *made) gtid(number int64) *replication.BinlogEvent {
	return m.add(replication.GTID_EVENT, 79, &replication.GTIDEvent{SID: source[:], GNO: number})
}

func (m *made) query(sql string, status ...byte) *replication.BinlogEvent {
	return m.add(replication.QUERY_EVENT, 100, &replication.QueryEvent{Query: []byte(sql), StatusVars: status})
}

func (m *made) rows(content byte) *replication.BinlogEvent {
	table := &replication.TableMapEvent{Schema: []byte("shop"), Table: []byte("t")}
	m.add(replication.TABLE_MAP_EVENT, 50, table)
	e := m.add(replication.WRITE_ROWS_EVENTv2, 60, &replication.RowsEvent{Table: table, Rows: [][]any{{content}}})
	e.RawData[30] = content
	return e
}

func (m *made) xid() *replication.BinlogEvent {
	return m.add(replication.XID_EVENT, 31, &replication.XIDEvent{})
}

func (m *made) transaction(number int64) {
	m.gtid(number)
	m.query("BEGIN")
	m.rows(byte(number))
	m.xid()
}

// compressed: what m writes in write() as one event.
func (m *made) compressed(write func(*made)) {
	inner := &made{}
	write(inner)
	m.add(replication.TRANSACTION_PAYLOAD_EVENT, 90, &replication.TransactionPayloadEvent{Events: inner.sent})
}

func (m *made) rotate(name string) {
	m.add(replication.ROTATE_EVENT, 47, &replication.RotateEvent{Position: 4, NextLogName: []byte(name)})
}

func take(log *servedLog, events []*replication.BinlogEvent) error {
	for _, event := range events {
		if _, err := log.take(event); err != nil {
			return err
		}
	}
	return nil
}

func fresh(t *testing.T, byGTID bool) *servedLog {
	log := newLog(gtids(t, ""))
	log.connect(gtids(t, ""), mysql.Position{Name: "bin.000001", Pos: 4}, byGTID)
	return log
}

func TestAllowsWhatServersSend(t *testing.T) {
	for _, byGTID := range []bool{true, false} {
		m := &made{}
		m.begin("bin.000001", "")
		m.transaction(1)
		m.gtid(2)
		m.query("ALTER TABLE t ADD COLUMN c int", 1, 0, 0, 0, 0, 0, 0, 0, 0)
		m.gtid(3)
		m.query("CREATE DEFINER=`a`@`b` TRIGGER x AFTER INSERT ON t FOR EACH ROW SET @a = 1")
		m.gtid(4)
		m.query("BEGIN")
		m.rows(1)
		m.query("SAVEPOINT `s`")
		m.rows(2)
		m.query("ROLLBACK TO `s`")
		m.xid()
		m.rotate("bin.000002")
		m.begin("bin.000002", "S:1-4")
		m.transaction(5)
		m.gtid(6)
		m.compressed(func(m *made) { m.query("BEGIN"); m.rows(1); m.xid() })
		log := fresh(t, byGTID)
		if err := take(log, m.sent); err != nil {
			t.Fatal(err)
		}
		if want := gtids(t, "S:1-6"); !log.executed.Equal(want) {
			t.Fatalf("counted %s", log.executed)
		}
	}
}

func TestAllowsWhatComesAgain(t *testing.T) {
	m := &made{}
	m.begin("bin.000001", "")
	head := len(m.sent)
	m.transaction(1)
	m.transaction(2)
	log := fresh(t, true)
	if err := take(log, m.sent); err != nil {
		t.Fatal(err)
	}
	first := head + 5
	log.connect(gtids(t, "S:1"), mysql.Position{}, true) // what it has is left out: a hole
	if err := take(log, append(append([]*replication.BinlogEvent{}, m.sent[:head]...), m.sent[first:]...)); err != nil {
		t.Fatal(err)
	}
	at := m.sent[first-1].Header.LogPos
	log.connect(gtids(t, "S:1"), mysql.Position{Name: "bin.000001", Pos: at}, false)
	again := &made{}
	again.artificialRotate("bin.000001", uint64(at))
	format := *m.sent[1]
	format.Header = &replication.EventHeader{EventType: replication.FORMAT_DESCRIPTION_EVENT, EventSize: 120}
	if err := take(log, append(append(again.sent, &format), m.sent[first:]...)); err != nil {
		t.Fatal(err)
	}
}

// Each breaks one rule.
func TestRefuses(t *testing.T) {
	for what, write := range map[string]func(*made){
		"no artificial ROTATE":         func(m *made) { m.sent = m.sent[1:] },
		"no FORMAT_DESCRIPTION":        func(m *made) { m.sent = append(m.sent[:1], m.sent[2:]...) },
		"no PREVIOUS_GTIDS":            func(m *made) { m.sent = m.sent[:2]; m.at = 124; m.transaction(1) },
		"no checksums":                 func(m *made) { m.sent[1].Event = &replication.FormatDescriptionEvent{} },
		"too many PREVIOUS":            func(m *made) { m.sent = nil; m.begin("bin.000001", "S:1") },
		"a file with two dots":         func(m *made) { m.sent = nil; m.begin("a.bin.000001", "") },
		"a file with the number 0":     func(m *made) { m.sent = nil; m.begin("bin.000000", "") },
		"a ROTATE that is not flagged": func(m *made) { m.sent[0].Header.Flags = 0 },
		"a gap in positions":           func(m *made) { m.transaction(1); m.at += 100; m.transaction(2) },
		"a gap within a transaction":   func(m *made) { m.gtid(1); m.query("BEGIN"); m.at += 100; m.rows(1); m.xid() },
		"an overlap":                   func(m *made) { m.transaction(1); m.at -= 10; m.transaction(2) },
		"another size":                 func(m *made) { m.gtid(1).Header.EventSize++ },
		"a position of nothing":        func(m *made) { m.gtid(1).Header.LogPos = 0 },
		"an artificial GTID":           func(m *made) { m.gtid(1).Header.Flags = replication.LOG_EVENT_ARTIFICIAL_F },
		"an artificial XID": func(m *made) {
			m.gtid(1)
			m.query("BEGIN")
			m.xid().Header.Flags = replication.LOG_EVENT_ARTIFICIAL_F
		},
		"a GTID twice":              func(m *made) { m.transaction(1); m.transaction(1) },
		"a GTID left out":           func(m *made) { m.transaction(1); m.transaction(3) },
		"GTIDs out of order":        func(m *made) { m.transaction(2); m.transaction(1) },
		"a tagged GTID":             func(m *made) { m.gtid(1).Header.EventType = replication.GTID_TAGGED_LOG_EVENT },
		"a transaction without end": func(m *made) { m.gtid(1); m.query("BEGIN"); m.rows(1); m.gtid(2) },
		"a GTID without more":       func(m *made) { m.gtid(1); m.gtid(2) },
		"an end without BEGIN":      func(m *made) { m.gtid(1); m.xid() },
		"rows without BEGIN":        func(m *made) { m.gtid(1); m.rows(1) },
		"BEGIN twice":               func(m *made) { m.gtid(1); m.query("BEGIN"); m.query("BEGIN") },
		"begin in small letters":    func(m *made) { m.gtid(1); m.query("begin"); m.rows(1) },
		"COMMIT as a statement":     func(m *made) { m.gtid(1); m.query("BEGIN"); m.rows(1); m.query("COMMIT") },
		"a DDL without a GTID":      func(m *made) { m.query("DROP TABLE t") },
		"a DDL in a transaction":    func(m *made) { m.gtid(1); m.query("BEGIN"); m.query("DROP TABLE t") },
		"a DDL TiDB cannot read":    func(m *made) { m.gtid(1); m.query("ALTER TABLE t ADD COLUMN c") },
		"a trigger behind a comment": func(m *made) {
			m.gtid(1)
			m.query("/* x */ CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW SET @a = 1")
		},
		"quotes of another sql_mode": func(m *made) { m.gtid(1); m.query(`ALTER TABLE "t" ADD COLUMN c int`, 1, 0, 0, 0, 0, 0, 0, 0, 0) },
		"an unknown variable":        func(m *made) { m.gtid(1); m.query("DROP TABLE t", 99, 1) },
		"a variable twice":           func(m *made) { m.gtid(1); m.query("DROP TABLE t", 16, 1, 16, 1) },
		"a variable cut off":         func(m *made) { m.gtid(1); m.query("DROP TABLE t", 1, 0, 0) },
		"a compressed transaction without a GTID": func(m *made) {
			m.compressed(func(m *made) { m.query("BEGIN"); m.rows(1); m.xid() })
		},
		"a compressed transaction without end": func(m *made) {
			m.gtid(1)
			m.compressed(func(m *made) { m.query("BEGIN"); m.rows(1) })
		},
		"an unknown event":                func(m *made) { m.add(replication.INCIDENT_EVENT, 30, &replication.GenericEvent{}) },
		"an end of file in a transaction": func(m *made) { m.gtid(1); m.query("BEGIN"); m.rotate("bin.000002") },
		"a file that did not end":         func(m *made) { m.transaction(1); m.begin("bin.000002", "S:1") },
		"another file than said":          func(m *made) { m.rotate("bin.000002"); m.begin("bin.000003", "") },
		"a file from before":              func(m *made) { m.rotate("bin.000001"); m.begin("bin.000001", "") },
		"more than the end":               func(m *made) { m.rotate("bin.000002"); m.transaction(1) },
		"another set in the next file": func(m *made) {
			m.transaction(1)
			m.transaction(2)
			m.rotate("bin.000002")
			m.begin("bin.000002", "S:1")
		},
		"a heartbeat in a transaction": func(m *made) {
			m.gtid(1)
			m.query("BEGIN")
			m.add(replication.HEARTBEAT_EVENT, 39, &replication.GenericEvent{}).Header.LogPos = 363
		},
		"a heartbeat from before": func(m *made) {
			m.transaction(1)
			m.add(replication.HEARTBEAT_EVENT, 39, &replication.GenericEvent{}).Header.LogPos = 184
		},
	} {
		m := &made{}
		m.begin("bin.000001", "")
		write(m)
		err := take(fresh(t, false), m.sent)
		if err == nil {
			t.Errorf("allowed: %s", what)
		} else {
			t.Logf("%s: %v", what, err)
		}
	}
}

func TestRefusesWhatComesAgainAndIsDifferent(t *testing.T) {
	for what, change := range map[string]func(*made){
		"other bytes at the place": func(m *made) { m.gtid(1); m.query("BEGIN"); m.rows(7); m.xid() },
		"fewer rows events":        func(m *made) { m.at += 1000; m.gtid(1); m.query("BEGIN"); m.xid() },
		"more rows events": func(m *made) {
			m.at += 1000
			m.gtid(1)
			m.query("BEGIN")
			m.rows(1)
			m.rows(1)
			m.xid()
		},
		"other rows":               func(m *made) { m.at += 1000; m.gtid(1); m.query("BEGIN"); m.rows(7); m.xid() },
		"other PREVIOUS_GTIDS":     func(m *made) { m.sent = nil; m.begin("bin.000001", "S:1") },
		"a hole too small to fill": func(m *made) { m.at += 20; m.transaction(1) },
	} {
		m := &made{}
		m.begin("bin.000001", "")
		m.transaction(1)
		log := fresh(t, true)
		if err := take(log, m.sent); err != nil {
			t.Fatal(err)
		}
		again := &made{}
		again.begin("bin.000001", "")
		change(again)
		log.connect(gtids(t, ""), mysql.Position{}, true)
		if err := take(log, again.sent); err == nil {
			t.Errorf("allowed: %s", what)
		} else {
			t.Logf("%s: %v", what, err)
		}
	}
}

func TestFindsTheGTIDsOfAPosition(t *testing.T) {
	m := &made{}
	m.begin("bin.000001", "S:1-3")
	m.transaction(4)
	m.gtid(5)
	m.query("DROP TRIGGER x")
	m.gtid(6)
	m.query("DROP TABLE t")
	wanted := m.at
	m.gtid(7)
	m.query("BEGIN")
	m.query("COMMIT")
	m.transaction(8)

	find := func(position uint32) (string, string, error) {
		rest := m.sent
		set, passed, err := gtidsAt(func() (*replication.BinlogEvent, error) {
			if len(rest) == 0 {
				return nil, io.EOF
			}
			event := rest[0]
			rest = rest[1:]
			return event, nil
		}, position)
		if err != nil {
			return "", "", err
		}
		return set.String(), passed.String(), nil
	}
	set, passed, err := find(wanted)
	if err != nil || set != gtids(t, "S:1-4:6").String() || passed != gtids(t, "S:5").String() {
		t.Fatalf("%s, passed %s: %v", set, passed, err)
	}
	if _, _, err := find(wanted - 1); err == nil {
		t.Error("found a position where nothing ends")
	}
	if _, _, err := find(m.at); err == nil || !strings.Contains(err.Error(), "loses") {
		t.Errorf("COMMIT is not an end to DM: %v", err)
	}
}
