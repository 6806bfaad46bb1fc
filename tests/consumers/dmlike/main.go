// A stand-in for TiDB DM: go-mysql with DM's settings, started again as DM does, and an error for whatever breaks
// the rules that DM's own code relies on (rules.go).
//
//	driver gtid|position '{"host": ..., "port": ..., "user": ..., "password": ..., "server_id": ...,
//	                       "schema": ..., "gtid": SET, "file": ..., "position": ...}'
//
// Prints each change as a JSON line (zoo.py says which); {"kind": "broken", "rule": ...} is the last if a rule is
// broken. What DM asks beside its dump, and its second dumps, are the account USER_side's.
//
// With "times" in it, seconds since 1970, it prints where DM would begin at each of them (find.go), and ends.
//
// It ends its connection in the middle of transactions, and goes on from the end of the last complete one or from a
// checkpoint that lies further back, as DM does. What comes again is compared with what came, and not printed.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
	driver "github.com/go-sql-driver/mysql"
)

var start struct {
	Host     string `json:"host"`
	Port     uint16 `json:"port"`
	User     string `json:"user"`
	Password string `json:"password"`
	ServerID uint32 `json:"server_id"`
	Schema   string `json:"schema"`
	GTID     string `json:"gtid"`
	File     string `json:"file"`
	Position uint32 `json:"position"`

	Times []uint32 `json:"times"`
}

type line map[string]any

func say(kind string, more line) {
	if more == nil {
		more = line{}
	}
	more["kind"] = kind
	text, err := json.Marshal(more)
	must(err)
	os.Stdout.Write(append(text, '\n'))
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// broken: a rule. Nothing after it counts.
func broken(err error) {
	if err != nil {
		say("broken", line{"rule": err.Error()})
		must(err)
	}
}

// Where DM can go on from.
type mark struct {
	gtids *mysql.MysqlGTIDSet
	at    mysql.Position
}

type consumer struct {
	byGTID     bool
	log        *servedLog
	last       mark // the end of the last complete transaction
	counts     bool // whether DM can turn that place into GTIDs
	checkpoint mark // what DM has written down: further back
	said       *mysql.MysqlGTIDSet
	progress   time.Time
	sinceBreak int
	database   *sql.DB
	asked      time.Time
	promised   []status // positions that SHOW BINARY LOG STATUS has named
}

func (c *consumer) settings(user string, id uint32) replication.BinlogSyncerConfig {
	return replication.BinlogSyncerConfig{
		ServerID: id, Flavor: mysql.MySQLFlavor, Host: start.Host, Port: start.Port, User: user, Password: start.Password,
		Localhost: "dm-worker-1", UseDecimal: false, VerifyChecksum: true, DisableRetrySync: true, MaxReconnectAttempts: 1,
		ReadTimeout: time.Minute, HeartbeatPeriod: 30 * time.Second, TimestampStringLocation: time.UTC,
	}
}

// lost: the connection, which is no fault of the log. What a server says of the log itself is.
func lost(err error) bool {
	var said *mysql.MyError
	if errors.As(err, &said) {
		return said.Code != mysql.ER_MASTER_FATAL_ERROR_READING_BINLOG
	}
	text := err.Error()
	for _, known := range []string{"connection", "EOF", "broken pipe", "Sync was closed", "refused", "reset"} {
		if strings.Contains(text, known) {
			return true
		}
	}
	return false
}

var errOwnBreak = errors.New("the connection was ended on purpose")

// follow reads until the connection ends.
func (c *consumer) follow(from mark) error {
	syncer := replication.NewBinlogSyncer(c.settings(start.User, start.ServerID))
	defer syncer.Close()
	var streamer *replication.BinlogStreamer
	var err error
	if c.byGTID {
		streamer, err = syncer.StartSyncGTID(from.gtids.Clone())
	} else {
		streamer, err = syncer.StartSync(from.at)
	}
	if err != nil {
		return err
	}
	c.log.connect(from.gtids, from.at, c.byGTID)
	again := false
	for {
		event, err := streamer.GetEvent(context.Background())
		if err != nil {
			return err
		}
		c.progress = time.Now()
		done, err := c.log.take(event)
		broken(err)
		broken(c.keepPromises())
		if _, is := event.Event.(*replication.GTIDEvent); is {
			one, err := parseSet(c.log.gtid)
			must(err)
			if again = c.said.Contain(one); !again {
				say("begin", nil)
			}
		}
		if !again {
			sayEvent(event)
		}
		if len(c.log.rows) == 2 && c.sinceBreak > 100 {
			return errOwnBreak
		}
		if done {
			c.complete(again)
		}
	}
}

func (c *consumer) complete(again bool) {
	c.counts = c.log.counts
	c.last = mark{c.log.executed.Clone().(*mysql.MysqlGTIDSet), mysql.Position{Name: c.log.file, Pos: c.log.end}}
	if c.sinceBreak++; c.sinceBreak%30 == 0 {
		c.checkpoint = c.last
	}
	if !again {
		must(c.said.Update(c.log.gtid))
		say("place", line{"gtid": c.said.String(), "file": c.log.file, "position": c.log.end})
	}
	if time.Since(c.asked) > 2*time.Second {
		c.asked = time.Now()
		c.ask()
	}
}

func sayEvent(event *replication.BinlogEvent) {
	switch e := event.Event.(type) {
	case *replication.TransactionPayloadEvent:
		for _, one := range e.Events {
			sayEvent(one)
		}
	case *replication.QueryEvent:
		if sql := string(e.Query); sql != "BEGIN" && !savepoint.MatchString(sql) {
			say("ddl", line{"schema": string(e.Schema), "sql": sql})
		}
	case *replication.RowsEvent:
		if string(e.Table.Schema) != start.Schema {
			return
		}
		columns, step := e.Table.ColumnNameString(), 1
		if e.Type() == replication.EnumRowsEventTypeUpdate {
			step = 2
		}
		for i := 0; i+step <= len(e.Rows); i += step {
			var before, after any
			if e.Type() != replication.EnumRowsEventTypeInsert {
				before = named(columns, e.Rows[i])
			}
			if e.Type() != replication.EnumRowsEventTypeDelete {
				after = named(columns, e.Rows[i+step-1])
			}
			say("row", line{"schema": start.Schema, "table": string(e.Table.Table), "before": before, "after": after})
		}
	}
}

func named(columns []string, row []any) line {
	if len(columns) < len(row) {
		broken(fmt.Errorf("%d values for the columns %v", len(row), columns))
	}
	result := line{}
	for i, value := range row {
		switch v := value.(type) {
		case nil:
			result[columns[i]] = nil
		case []byte:
			result[columns[i]] = string(v)
		default:
			result[columns[i]] = fmt.Sprint(v)
		}
	}
	return result
}

// --- what DM asks beside its dump

type status struct {
	at    mysql.Position
	gtids *mysql.MysqlGTIDSet
}

func (c *consumer) open() {
	settings := driver.NewConfig()
	settings.User, settings.Passwd, settings.Net = start.User+"_side", start.Password, "tcp"
	settings.Addr = fmt.Sprintf("%s:%d", start.Host, start.Port)
	settings.InterpolateParams, settings.MaxAllowedPacket = true, 0
	settings.ReadTimeout = 30 * time.Second
	settings.Params = map[string]string{"charset": "utf8mb4", "foreign_key_checks": "0"}
	connector, err := driver.NewConnector(settings)
	must(err)
	c.database = sql.OpenDB(connector)
}

// rows of a statement, by column name. Nothing if the server is away.
func (c *consumer) query(statement string) ([]map[string]string, bool) {
	rows, err := c.database.Query(statement)
	if err == nil {
		defer rows.Close()
		var columns []string
		columns, err = rows.Columns()
		var result []map[string]string
		for err == nil && rows.Next() {
			values, pointers := make([]sql.NullString, len(columns)), make([]any, len(columns))
			for i := range values {
				pointers[i] = &values[i]
			}
			err = rows.Scan(pointers...)
			row := map[string]string{}
			for i, column := range columns {
				row[column] = values[i].String
			}
			result = append(result, row)
		}
		if err == nil {
			err = rows.Err()
		}
		if err == nil {
			return result, true
		}
	}
	var said *driver.MySQLError
	if errors.As(err, &said) && said.Number != 1053 && said.Number != 1317 { // shutdown, KILL
		broken(fmt.Errorf("%s: %w", statement, err))
	}
	return nil, false
}

// ask: the status, as DM does every 30 seconds. It is not behind what has come, and names the end of a transaction.
func (c *consumer) ask() {
	version, ok := c.query("SELECT VERSION()")
	if !ok {
		return
	}
	statement := "SHOW MASTER STATUS"
	if text := version[0]["VERSION()"]; !strings.HasPrefix(text, "5.") && !strings.HasPrefix(text, "8.0") {
		statement = "SHOW BINARY LOG STATUS"
	}
	rows, ok := c.query(statement)
	if !ok {
		return
	}
	if len(rows) != 1 {
		broken(fmt.Errorf("%s gives %d rows", statement, len(rows)))
	}
	row := rows[0]
	for _, column := range []string{"File", "Position", "Binlog_Do_DB", "Binlog_Ignore_DB", "Executed_Gtid_Set"} {
		if _, there := row[column]; !there {
			broken(fmt.Errorf("%s has no column %s", statement, column))
		}
	}
	gtids, err := parseSet(row["Executed_Gtid_Set"])
	broken(err)
	one := status{mysql.Position{Name: row["File"]}, gtids}
	_, err = fmt.Sscan(row["Position"], &one.at.Pos)
	broken(err)
	if here := (mysql.Position{Name: c.log.file, Pos: c.log.end}); one.at.Compare(here) < 0 {
		broken(fmt.Errorf("%s says %s, and %s has come", statement, one.at, here))
	}
	c.promised = append(c.promised, one)

	files, ok := c.query("SHOW BINARY LOGS")
	if !ok {
		return
	}
	for _, file := range files {
		var size uint64
		if _, err := fmt.Sscan(file["File_size"], &size); err != nil {
			broken(fmt.Errorf("SHOW BINARY LOGS: %w", err))
		}
		if file["Log_name"] == one.at.Name && size >= uint64(one.at.Pos) {
			return
		}
	}
	broken(fmt.Errorf("SHOW BINARY LOGS has not %s: %v", one.at, files))
}

// keepPromises: a status names a position where a transaction ends, and no GTID that comes behind it.
func (c *consumer) keepPromises() error {
	if c.log.state != between || c.log.end == 0 {
		return nil
	}
	here := mysql.Position{Name: c.log.file, Pos: c.log.end}
	for len(c.promised) > 0 && c.promised[0].at.Compare(here) <= 0 {
		one := c.promised[0]
		c.promised = c.promised[1:]
		if one.at != here && !c.log.wasEnd(one.at) {
			return fmt.Errorf("a status said %s, where no transaction ends", one.at)
		}
		if !c.log.executed.Contain(one.gtids) {
			return fmt.Errorf("a status said %s with %s, and up to there came %s", one.at, one.gtids, c.log.executed)
		}
	}
	return nil
}

// convert: the GTIDs of a place, found by a second dump of its file.
func (c *consumer) convert(what mark) {
	syncer := replication.NewBinlogSyncer(c.settings(start.User+"_side", start.ServerID+1))
	defer syncer.Close()
	streamer, err := syncer.StartSync(mysql.Position{Name: what.at.Name, Pos: 4})
	var found, passed *mysql.MysqlGTIDSet
	if err == nil {
		found, passed, err = gtidsAt(func() (*replication.BinlogEvent, error) {
			return streamer.GetEvent(context.Background())
		}, what.at.Pos)
	}
	if err != nil {
		if !lost(err) {
			broken(fmt.Errorf("the GTIDs of %s: %w", what.at, err))
		}
		return
	}
	for _, one := range passed.Sets {
		found.AddSet(one)
	}
	if !found.Equal(what.gtids) {
		broken(fmt.Errorf("the GTIDs of %s are %s; there came %s", what.at, found, what.gtids))
	}
}

func main() {
	must(json.Unmarshal([]byte(os.Args[2]), &start))
	version := "unknown"
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if strings.HasSuffix(module.Path, "/go-mysql") {
			version = strings.TrimPrefix(module.Version, "v")
		}
	}
	say("version", line{"version": version})

	gtids, err := parseSet(start.GTID)
	must(err)
	from := mark{gtids, mysql.Position{Name: start.File, Pos: start.Position}}
	c := &consumer{byGTID: os.Args[1] == "gtid", log: newLog(gtids), last: from, checkpoint: from, counts: true,
		said: gtids.Clone().(*mysql.MysqlGTIDSet), progress: time.Now()}
	c.open()
	if len(start.Times) != 0 {
		c.findAll(start.Times)
		return
	}
	for restarts := 0; ; restarts++ {
		if c.counts {
			c.convert(c.last)
		}
		err := c.follow(from)
		if err != errOwnBreak && !lost(err) {
			broken(err)
		}
		fmt.Fprintln(os.Stderr, err)
		if time.Since(c.progress) > time.Minute {
			must(fmt.Errorf("no event for a minute: %w", err))
		}
		c.sinceBreak = 0
		from = c.last
		if restarts%2 == 1 {
			from = c.checkpoint
		}
		if err != errOwnBreak {
			time.Sleep(200 * time.Millisecond)
		}
	}
}
