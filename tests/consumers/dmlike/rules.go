package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
	"github.com/google/uuid"
	"github.com/pingcap/tidb/pkg/parser"
	"github.com/pingcap/tidb/pkg/parser/ast"
	tidb "github.com/pingcap/tidb/pkg/parser/mysql"
	_ "github.com/pingcap/tidb/pkg/parser/test_driver"
)

// What TiDB DM takes for granted of the log it is sent. Fed with every event of every connection; the first
// that breaks a rule is an error.
//
//	log := newLog(set)          // the GTIDs that are there before the first event
//	log.connect(place, byGTID)  // a new connection, asked for from there
//	done, err := log.take(event)  // done: a transaction ended
//
// It remembers what it has seen over connections: what comes again must come the same.
type servedLog struct {
	executed *mysql.MysqlGTIDSet // GTIDs of complete transactions, as this connection has counted them
	file     string
	end      uint32 // where the last event ended; 0: nobody knows yet

	state    state
	skipping bool   // by GTID: what the consumer has may be left out, until the first transaction comes
	fromFour bool   // PREVIOUS_GTIDS must follow
	rotated  string // the next file's name, if this one ended
	ended    bool   // ... in whatever way
	gtid     string // of the open transaction
	rows     []uint64
	counts   bool // the last transaction ended in what DM counts when it turns a place into GTIDs

	known        map[string]*mysql.MysqlGTIDSet // file -> its PREVIOUS_GTIDS
	events       map[place]uint64               // where an event began -> its bytes
	ends         map[place]bool                 // where nothing was open
	transactions map[string][]uint64            // GTID -> its rows events, in order
}

type place struct {
	file string
	at   uint32
}

type state int

const (
	atRotate   state = iota // a connection or a file begins: the artificial ROTATE comes
	atFormat                // then the FORMAT_DESCRIPTION
	atPrevious              // then PREVIOUS_GTIDS, if the file is read from its beginning or by GTID
	between                 // transactions
	atBegin                 // a GTID has come: BEGIN, or a DDL
	inside                  // a transaction
)

// What the relay log can fill a hole with: a QUERY event of this size at least.
const smallestFiller = 29

func newLog(executed *mysql.MysqlGTIDSet) *servedLog {
	return &servedLog{executed: executed, known: map[string]*mysql.MysqlGTIDSet{}, events: map[place]uint64{},
		ends: map[place]bool{}, transactions: map[string][]uint64{}}
}

// connect: DM has asked for the log again, from what it has written down: a GTID set, or file and position.
func (l *servedLog) connect(executed *mysql.MysqlGTIDSet, from mysql.Position, byGTID bool) {
	l.executed = executed.Clone().(*mysql.MysqlGTIDSet)
	l.state, l.skipping, l.fromFour = atRotate, byGTID, byGTID || from.Pos <= 4
	l.file, l.end, l.rotated, l.ended, l.gtid, l.rows = "", 0, from.Name, true, "", nil
	if byGTID {
		l.rotated = ""
	} else if from.Pos > 4 {
		l.end = from.Pos
	}
}

// take: the next event. True if a transaction ended with it.
func (l *servedLog) take(e *replication.BinlogEvent) (bool, error) {
	done, err := l.judge(e)
	if err != nil {
		return false, fmt.Errorf("%s ending at %s:%d: %w", e.Header.EventType, l.file, e.Header.LogPos, err)
	}
	if l.state == between && l.end != 0 {
		l.ends[place{l.file, l.end}] = true
	}
	return done, nil
}

// wasEnd: whether no transaction was open at this position.
func (l *servedLog) wasEnd(at mysql.Position) bool { return l.ends[place{at.Name, at.Pos}] }

func (l *servedLog) judge(e *replication.BinlogEvent) (bool, error) {
	if rotate, is := e.Event.(*replication.RotateEvent); is && e.Header.Timestamp == 0 && e.Header.LogPos == 0 {
		return false, l.artificialRotate(e.Header, rotate)
	}
	switch l.state {
	case atRotate:
		return false, errors.New("a connection or a file begins without the artificial ROTATE")
	case atFormat:
		if e.Header.EventType != replication.FORMAT_DESCRIPTION_EVENT {
			return false, errors.New("FORMAT_DESCRIPTION does not follow the artificial ROTATE")
		}
		return false, l.format(e)
	case atPrevious:
		previous, is := e.Event.(*replication.PreviousGTIDsEvent)
		if !is {
			return false, errors.New("PREVIOUS_GTIDS does not follow FORMAT_DESCRIPTION")
		}
		if err := l.place(e); err != nil {
			return false, err
		}
		return false, l.previous(previous)
	}
	if e.Header.EventType == replication.HEARTBEAT_EVENT {
		return false, l.heartbeat(e)
	}
	if e.Header.Flags&replication.LOG_EVENT_ARTIFICIAL_F != 0 {
		return false, errors.New("it is flagged artificial: DM's place in the log does not move")
	}
	if l.ended {
		return false, errors.New("an event after the end of the file")
	}
	if err := l.place(e); err != nil {
		return false, err
	}
	return l.content(e)
}

// --- places

var fileName = regexp.MustCompile(`^[^.|]+\.(\d+)$`)

func numberOf(file string) (uint64, error) {
	match := fileName.FindStringSubmatch(file)
	if match == nil {
		return 0, fmt.Errorf("the file name %q is not BASE.NUMBER", file)
	}
	number, err := strconv.ParseUint(match[1], 10, 64)
	if err == nil && number == 0 {
		err = fmt.Errorf("the file name %q has the number 0", file)
	}
	return number, err
}

func (l *servedLog) artificialRotate(header *replication.EventHeader, event *replication.RotateEvent) error {
	if header.Flags&replication.LOG_EVENT_ARTIFICIAL_F == 0 {
		return errors.New("ROTATE without time and position is not flagged artificial")
	}
	name := string(event.NextLogName)
	number, err := numberOf(name)
	if err != nil {
		return err
	}
	if l.state > between {
		return errors.New("a file ends within a transaction")
	}
	if !l.ended {
		return fmt.Errorf("%s begins before %s ended", name, l.file)
	}
	if l.rotated != "" && l.rotated != name {
		return fmt.Errorf("%s comes where %s was announced or asked for", name, l.rotated)
	}
	if l.file != "" {
		last, _ := numberOf(l.file)
		if number <= last || len(name) != len(l.file) || name <= l.file {
			return fmt.Errorf("%s does not follow %s", name, l.file)
		}
		l.fromFour, l.end = true, 0
	}
	if l.end == 0 && event.Position != 4 {
		return fmt.Errorf("%s is to be read from its beginning, ROTATE says %d", name, event.Position)
	}
	if l.end != 0 && uint64(l.end) != event.Position {
		return fmt.Errorf("asked for %d, ROTATE says %d", l.end, event.Position)
	}
	l.file, l.rotated, l.ended, l.state = name, "", false, atFormat
	return nil
}

func (l *servedLog) format(e *replication.BinlogEvent) error {
	if e.Event.(*replication.FormatDescriptionEvent).ChecksumAlgorithm != replication.BINLOG_CHECKSUM_ALG_CRC32 {
		return errors.New("the file has no checksums; the server was started with them")
	}
	if e.Header.LogPos != 0 && e.Header.LogPos != 4+e.Header.EventSize {
		return fmt.Errorf("FORMAT_DESCRIPTION of %d bytes", e.Header.EventSize)
	}
	if !l.fromFour {
		l.state = between
		return nil
	}
	l.end, l.state = 4+e.Header.EventSize, atPrevious
	return nil
}

func (l *servedLog) previous(event *replication.PreviousGTIDsEvent) error {
	set, err := parseSet(event.GTIDSets)
	if err != nil {
		return err
	}
	if known := l.known[l.file]; known != nil && !known.Equal(set) {
		return fmt.Errorf("PREVIOUS_GTIDS of %s were %s and are %s", l.file, known, set)
	}
	l.known[l.file] = set
	if !l.executed.Contain(set) {
		return fmt.Errorf("PREVIOUS_GTIDS hold %s; only %s have come", set, l.executed)
	}
	if !l.skipping && !set.Equal(l.executed) {
		return fmt.Errorf("PREVIOUS_GTIDS are %s; %s have come", set, l.executed)
	}
	l.state = between
	return nil
}

func (l *servedLog) heartbeat(e *replication.BinlogEvent) error {
	if l.state != between {
		return errors.New("a heartbeat within a transaction")
	}
	if e.Header.LogPos < l.end || (e.Header.LogPos != l.end && !l.skipping && l.end != 0) {
		return fmt.Errorf("a heartbeat at %d, the last event ended at %d", e.Header.LogPos, l.end)
	}
	return nil
}

// place: positions have no holes but what a dump by GTID may leave out, and what comes again is the same.
func (l *servedLog) place(e *replication.BinlogEvent) error {
	h := e.Header
	if int(h.EventSize) != len(e.RawData) || h.LogPos < 4+h.EventSize {
		return fmt.Errorf("%d bytes of %d end at %d", len(e.RawData), h.EventSize, h.LogPos)
	}
	begin := h.LogPos - h.EventSize
	if l.end != 0 && begin != l.end {
		if begin < l.end {
			return fmt.Errorf("begins at %d, the event before ended at %d", begin, l.end)
		}
		if !l.skipping || l.state != between {
			return fmt.Errorf("a hole: %d to %d", l.end, begin)
		}
		if begin-l.end < smallestFiller {
			return fmt.Errorf("a hole of %d bytes, which DM's relay log cannot fill", begin-l.end)
		}
	}
	sum := fnv.New64a()
	sum.Write(e.RawData)
	if before, seen := l.events[place{l.file, begin}]; seen && before != sum.Sum64() {
		return fmt.Errorf("what begins at %s:%d is not what came before", l.file, begin)
	}
	l.events[place{l.file, begin}] = sum.Sum64()
	l.end = h.LogPos
	return nil
}

// --- transactions

func (l *servedLog) content(e *replication.BinlogEvent) (bool, error) {
	switch event := e.Event.(type) {
	case *replication.GTIDEvent:
		if e.Header.EventType != replication.GTID_EVENT {
			return false, errors.New("DM does not count a GTID of this type")
		}
		return false, l.begin(event)
	case *replication.QueryEvent:
		return l.query(event)
	case *replication.XIDEvent:
		if l.state != inside {
			return false, errors.New("the end of a transaction that has not begun")
		}
		return true, l.endTransaction(true)
	case *replication.TableMapEvent:
		return false, l.within()
	case *replication.RowsEvent:
		sum := fnv.New64a()
		fmt.Fprintln(sum, e.Header.EventType, string(event.Table.Schema), string(event.Table.Table), event.Rows)
		l.rows = append(l.rows, sum.Sum64())
		return false, l.within()
	case *replication.TransactionPayloadEvent: // a compressed transaction, from BEGIN to XID
		if l.state != atBegin {
			return false, errors.New("a compressed transaction without a GTID")
		}
		for i, one := range event.Events {
			done, err := l.content(one)
			if err != nil || done != (i == len(event.Events)-1) {
				return false, fmt.Errorf("%s, %d of %d in a compressed transaction: %w", one.Header.EventType, i+1,
					len(event.Events), errors.Join(err))
			}
		}
		return true, nil
	case *replication.RotateEvent:
		l.rotated, l.ended = string(event.NextLogName), true
	}
	switch e.Header.EventType {
	case replication.ROTATE_EVENT:
	case replication.STOP_EVENT:
		l.ended = true
	case replication.ROWS_QUERY_EVENT:
		return false, l.within()
	default:
		return false, errors.New("DM does not know what this is")
	}
	if l.state != between {
		return false, errors.New("the file ends within a transaction")
	}
	return false, nil
}

func (l *servedLog) within() error {
	if l.state != inside {
		return errors.New("rows outside of a transaction")
	}
	return nil
}

func (l *servedLog) begin(event *replication.GTIDEvent) error {
	if l.state != between {
		return fmt.Errorf("%s has no end: another one begins", l.gtid)
	}
	source, err := uuid.FromBytes(event.SID)
	if err != nil {
		return err
	}
	l.gtid = fmt.Sprintf("%s:%d", source, event.GNO)
	one, err := parseSet(l.gtid)
	if err != nil {
		return err
	}
	if l.executed.Contain(one) {
		return fmt.Errorf("%s comes twice, or was said to be there", l.gtid)
	}
	if of := l.executed.Sets[source.String()]; of != nil {
		if last := of.Intervals[len(of.Intervals)-1].Stop - 1; event.GNO != last+1 {
			return fmt.Errorf("%s follows :%d", l.gtid, last)
		}
	}
	l.state, l.skipping, l.rows = atBegin, false, nil
	return nil
}

var savepoint = regexp.MustCompile("(?i)^(SAVEPOINT|ROLLBACK TO) ")

func (l *servedLog) query(event *replication.QueryEvent) (bool, error) {
	mode, err := sqlMode(event.StatusVars)
	if err != nil {
		return false, err
	}
	sql := string(event.Query)
	switch {
	case l.state == between:
		return false, errors.New("a statement without a GTID")
	case sql == "BEGIN" && l.state == atBegin:
		l.state = inside
		return false, nil
	case sql == "BEGIN":
		return false, errors.New("BEGIN within a transaction")
	case sql == "COMMIT":
		return false, errors.New("COMMIT as a statement: for a place's GTIDs DM counts XID and DDL alone")
	case l.state == inside:
		if savepoint.MatchString(sql) {
			return false, nil
		}
		return false, fmt.Errorf("a statement within a transaction: %.100s", sql)
	}
	if skipped.MatchString(sql) {
		return true, l.endTransaction(false)
	}
	isDDL, err := parse(sql, mode)
	if err != nil {
		return false, fmt.Errorf("TiDB's parser refuses %.200q: %w", sql, err)
	}
	return true, l.endTransaction(isDDL)
}

func (l *servedLog) endTransaction(counts bool) error {
	if before, seen := l.transactions[l.gtid]; seen {
		if len(before) != len(l.rows) {
			return fmt.Errorf("%s had %d rows events, and comes again with %d", l.gtid, len(before), len(l.rows))
		}
		for i := range before {
			if before[i] != l.rows[i] {
				return fmt.Errorf("rows event %d of %s is not what came before", i+1, l.gtid)
			}
		}
	}
	l.transactions[l.gtid] = l.rows
	l.state, l.rows, l.counts = between, nil, counts
	return l.executed.Update(l.gtid)
}

// --- statements

// Statements that DM passes over without reading them.
var skipped = regexp.MustCompile(`(?is)^((CREATE|ALTER|DROP|RENAME)\s+(DEFINER\s?=.+?)?(TRIGGER|PROCEDURE|FUNCTION|EVENT|TABLESPACE|USER)` +
	`|(CREATE|ALTER|DROP)\s.*?VIEW|FLUSH|(OPTIMIZE|ANALYZE|REPAIR)\s+TABLE|GRANT|REVOKE|SET\s+PASSWORD` +
	`|DROP\s+(/\*!40005\s+)?TEMPORARY\s+(\*/\s+)?TABLE)`)

func parse(sql string, mode uint64) (isDDL bool, err error) {
	reader := parser.New()
	reader.SetSQLMode(tidb.SQLMode(mode))
	statement, err := reader.ParseOneStmt(sql, "", "")
	_, isDDL = statement.(ast.DDLNode)
	return isDDL, err
}

// Sizes of a QUERY event's status variables; -1: a length byte, then the text.
var variables = map[byte]int{0: 4, 1: 8, 3: 4, 4: 6, 5: -1, 6: -1, 7: 2, 8: 2, 9: 8, 10: 4, 13: 3, 16: 1, 17: 8, 18: 2,
	19: 1, 20: 1}

// sqlMode of a statement. All of its status variables must be known, and there once.
func sqlMode(block []byte) (mode uint64, err error) {
	seen := map[byte]bool{}
	for len(block) > 0 {
		key := block[0]
		block = block[1:]
		if seen[key] {
			return 0, fmt.Errorf("status variable %d is there twice", key)
		}
		seen[key] = true
		size, known := variables[key]
		switch {
		case known && size == -1:
			size = textSize(block)
		case key == 11: // the invoker: user and host
			size = textSize(block)
			if size < len(block) {
				size += textSize(block[size:])
			}
		case key == 12: // databases: a count (254: too many), each ends in a NUL
			size = 1
			for count := 0; len(block) > 0 && block[0] != 254 && count < int(block[0]); count++ {
				if size > len(block) {
					break
				}
				size += bytes.IndexByte(block[size:], 0) + 1
			}
		case !known:
			return 0, fmt.Errorf("DM does not know the status variable %d", key)
		}
		if size > len(block) {
			return 0, fmt.Errorf("status variable %d is cut off", key)
		}
		if key == 1 {
			mode = binary.LittleEndian.Uint64(block)
		}
		block = block[size:]
	}
	return mode, nil
}

func textSize(block []byte) int {
	if len(block) == 0 {
		return 1
	}
	return 1 + int(block[0])
}

// --- position to GTIDs

// gtidsAt: the GTIDs up to a position, as DM finds them: by reading its file from 4 on, counting what ends in XID
// or in a statement that is a DDL to it. passed: what ended otherwise, in statements that it passes over.
func gtidsAt(next func() (*replication.BinlogEvent, error), position uint32) (set, passed *mysql.MysqlGTIDSet, err error) {
	passed, _ = parseSet("")
	gtid, reached := "", uint32(0)
	for {
		e, err := next()
		if err != nil {
			return nil, nil, err
		}
		counted := false
		switch event := e.Event.(type) {
		case *replication.PreviousGTIDsEvent:
			if set, err = parseSet(event.GTIDSets); err != nil {
				return nil, nil, err
			}
			reached = e.Header.LogPos
		case *replication.GTIDEvent:
			if gtid != "" {
				return nil, nil, fmt.Errorf("DM loses %s: it ends in nothing that is counted or passed over", gtid)
			}
			source, err := uuid.FromBytes(event.SID)
			if err != nil {
				return nil, nil, err
			}
			gtid = fmt.Sprintf("%s:%d", source, event.GNO)
		case *replication.XIDEvent, *replication.TransactionPayloadEvent:
			counted = true
		case *replication.QueryEvent:
			mode, err := sqlMode(event.StatusVars)
			if err != nil {
				return nil, nil, err
			}
			if skipped.Match(event.Query) {
				if err := passed.Update(gtid); err != nil {
					return nil, nil, err
				}
				gtid = ""
			} else {
				counted, _ = parse(string(event.Query), mode)
			}
		}
		if counted {
			if set == nil || gtid == "" {
				return nil, nil, fmt.Errorf("what ends at %d has no GTID, or no PREVIOUS_GTIDS came", e.Header.LogPos)
			}
			if err := set.Update(gtid); err != nil {
				return nil, nil, err
			}
			gtid, reached = "", e.Header.LogPos
		}
		if reached == position {
			return set, passed, nil
		}
		if reached > position {
			return nil, nil, fmt.Errorf("no transaction ends at %d: one ends at %d", position, reached)
		}
	}
}

func parseSet(text string) (*mysql.MysqlGTIDSet, error) {
	set, err := mysql.ParseMysqlGTIDSet(strings.ReplaceAll(text, "\n", ""))
	if err != nil {
		return nil, err
	}
	return set.(*mysql.MysqlGTIDSet), nil
}
