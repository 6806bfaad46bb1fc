// go-mysql: prints each change as a JSON line (zoo.py says which).
//
//	driver gtid|position|canal '{"host": ..., "port": ..., "user": ..., "password": ..., "server_id": ...,
//	                             "schema": ..., "gtid": SET, "file": ..., "position": ...}'
//
//	driver canal-gtid|canal-position MYSQLDUMP '{... "dumped": true once the snapshot is complete}'
//
// gtid and position: a BinlogSyncer, which connects again by itself. canal: by GTID, without a dump. canal-gtid and
// canal-position: a snapshot with mysqldump, and on from the GTIDs or the file and position in it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-mysql-org/go-mysql/canal"
	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
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
	Dumped   bool   `json:"dumped"`
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

func value(of any) any {
	switch v := of.(type) {
	case nil:
		return nil
	case []byte:
		return string(v)
	default:
		return fmt.Sprint(v)
	}
}

func named(columns []string, row []any) line {
	if len(columns) < len(row) {
		must(fmt.Errorf("%d values for the columns %v", len(row), columns))
	}
	result := line{}
	for i, v := range row {
		result[columns[i]] = value(v)
	}
	return result
}

// rows of one event; an update has them in pairs.
func sayRows(schema, table string, columns []string, action string, rows [][]any) {
	step := 1
	if action == canal.UpdateAction {
		step = 2
	}
	for i := 0; i+step <= len(rows); i += step {
		var before, after any
		if action != canal.InsertAction {
			before = named(columns, rows[i])
		}
		if action != canal.DeleteAction {
			after = named(columns, rows[i+step-1])
		}
		say("row", line{"schema": schema, "table": table, "before": before, "after": after})
	}
}

// progress by GTID. After a loss the syncer gets its last transaction again: that one is skipped.
type progress struct {
	executed mysql.GTIDSet
	current  mysql.GTIDSet
	seen     bool
}

func newProgress() *progress {
	executed, err := mysql.ParseMysqlGTIDSet(start.GTID)
	must(err)
	return &progress{executed: executed}
}

func (p *progress) begin(event mysql.BinlogGTIDEvent) error {
	next, err := event.GTIDNext()
	if err != nil {
		return err
	}
	p.current = next
	p.seen = p.executed.Contain(next)
	if !p.seen {
		say("begin", nil)
	}
	return nil
}

func (p *progress) end() {
	if !p.seen && p.current != nil {
		must(p.executed.Update(p.current.String()))
		say("place", line{"gtid": p.executed.String()})
	}
}

var inTransaction = regexp.MustCompile(`^(BEGIN$|SAVEPOINT |ROLLBACK TO )`)

func follow(byGTID bool) {
	syncer := replication.NewBinlogSyncer(replication.BinlogSyncerConfig{
		ServerID: start.ServerID, Flavor: mysql.MySQLFlavor, Host: start.Host, Port: start.Port,
		User: start.User, Password: start.Password, TimestampStringLocation: time.UTC,
		HeartbeatPeriod: 5 * time.Second, ReadTimeout: 30 * time.Second,
	})
	var streamer *replication.BinlogStreamer
	var err error
	by := newProgress()
	if byGTID {
		streamer, err = syncer.StartSyncGTID(by.executed.Clone())
	} else {
		streamer, err = syncer.StartSync(mysql.Position{Name: start.File, Pos: start.Position})
	}
	must(err)

	file := start.File
	place := func(position uint32) {
		if byGTID {
			by.end()
		} else {
			say("place", line{"file": file, "position": position})
		}
	}
	for {
		event, err := streamer.GetEvent(context.Background())
		must(err)
		if byGTID && by.seen {
			if _, next := event.Event.(*replication.GTIDEvent); !next {
				continue
			}
		}
		switch e := event.Event.(type) {
		case *replication.RotateEvent:
			file = string(e.NextLogName)
		case *replication.GTIDEvent:
			if byGTID {
				must(by.begin(e))
			} else {
				say("begin", nil)
			}
		case *replication.XIDEvent:
			place(event.Header.LogPos)
		case *replication.QueryEvent:
			sql := string(e.Query)
			if inTransaction.MatchString(sql) {
				break
			}
			if sql != "COMMIT" && sql != "ROLLBACK" {
				say("ddl", line{"schema": string(e.Schema), "sql": sql})
			}
			place(event.Header.LogPos)
		case *replication.RowsEvent:
			if string(e.Table.Schema) != start.Schema {
				break
			}
			action := canal.InsertAction
			switch e.Type() {
			case replication.EnumRowsEventTypeUpdate:
				action = canal.UpdateAction
			case replication.EnumRowsEventTypeDelete:
				action = canal.DeleteAction
			}
			sayRows(start.Schema, string(e.Table.Table), e.Table.ColumnNameString(), action, e.Rows)
		}
	}
}

type handler struct {
	canal.DummyEventHandler
	by *progress
}

func (h *handler) OnGTID(_ *replication.EventHeader, event mysql.BinlogGTIDEvent) error {
	return h.by.begin(event)
}

func (h *handler) OnXID(*replication.EventHeader, mysql.Position) error {
	h.by.end()
	return nil
}

func (h *handler) OnDDL(_ *replication.EventHeader, _ mysql.Position, event *replication.QueryEvent) error {
	if !h.by.seen {
		say("ddl", line{"schema": string(event.Schema), "sql": string(event.Query)})
	}
	h.by.end()
	return nil
}

func (h *handler) OnRow(event *canal.RowsEvent) error {
	if h.by.seen {
		return nil
	}
	var columns []string
	for _, column := range event.Table.Columns {
		columns = append(columns, column.Name)
	}
	sayRows(event.Table.Schema, event.Table.Name, columns, event.Action, event.Rows)
	return nil
}

func canalConfig() *canal.Config {
	config := canal.NewDefaultConfig()
	config.Addr = fmt.Sprintf("%s:%d", start.Host, start.Port)
	config.User, config.Password, config.ServerID = start.User, start.Password, start.ServerID
	config.Dump.ExecutionPath = ""
	config.IncludeTableRegex = []string{"^" + start.Schema + `\.`}
	config.TimestampStringLocation = time.UTC
	return config
}

func runCanal() {
	one, err := canal.NewCanal(canalConfig())
	must(err)
	by := newProgress()
	one.SetEventHandler(&handler{by: by})
	must(one.StartFromGTID(by.executed.Clone()))
	must(fmt.Errorf("canal ended"))
}

// After its snapshot. Canal goes on by GTID if the dump had some.
type snapshotHandler struct {
	handler
	byGTID  bool
	dumping bool
}

func (h *snapshotHandler) place(position mysql.Position) {
	if !h.byGTID {
		say("place", line{"file": position.Name, "position": position.Pos, "dumped": true})
	} else if !h.by.seen && h.by.current != nil {
		must(h.by.executed.Update(h.by.current.String()))
		say("place", line{"gtid": h.by.executed.String(), "dumped": true})
	}
}

func (h *snapshotHandler) OnGTID(_ *replication.EventHeader, event mysql.BinlogGTIDEvent) error {
	if !h.byGTID {
		say("begin", nil)
		return nil
	}
	return h.by.begin(event)
}

func (h *snapshotHandler) OnXID(_ *replication.EventHeader, position mysql.Position) error {
	h.place(position)
	return nil
}

func (h *snapshotHandler) OnDDL(_ *replication.EventHeader, position mysql.Position, event *replication.QueryEvent) error {
	if !h.by.seen {
		say("ddl", line{"schema": string(event.Schema), "sql": string(event.Query)})
	}
	h.place(position)
	return nil
}

func (h *snapshotHandler) OnPosSynced(_ *replication.EventHeader, position mysql.Position, set mysql.GTIDSet, _ bool) error {
	if !h.dumping {
		return nil
	}
	h.dumping = false
	if has := set != nil && set.String() != ""; has != h.byGTID {
		return fmt.Errorf("the dump has the GTIDs %v", set)
	} else if has {
		must(h.by.executed.Update(set.String()))
		say("place", line{"gtid": set.String(), "dumped": true})
	} else {
		say("place", line{"file": position.Name, "position": position.Pos, "dumped": true})
	}
	return nil
}

func runCanalWithDump(byGTID bool, mysqldump string) {
	config := canalConfig()
	config.UseDecimal = true // else its snapshot has floats
	if !start.Dumped {
		config.Dump.ExecutionPath = mysqldump
		config.Dump.Databases = []string{start.Schema}
		config.Dump.DiscardErr = false
		start.GTID = "" // what the snapshot says counts
		if !byGTID {
			config.Dump.ExtraOptions = []string{"--set-gtid-purged=OFF"}
		}
	}
	one, err := canal.NewCanal(config)
	must(err)
	one.SetEventHandler(&snapshotHandler{handler{by: newProgress()}, byGTID, !start.Dumped})
	switch {
	case !start.Dumped:
		say("begin", nil)
		tables, err := one.Execute("SHOW TABLES FROM " + start.Schema)
		must(err)
		for i := range tables.Values {
			name, err := tables.GetString(i, 0)
			must(err)
			say("ddl", line{"schema": start.Schema, "sql": "CREATE TABLE " + name})
		}
		must(one.Run())
	case byGTID:
		set, err := mysql.ParseMysqlGTIDSet(start.GTID)
		must(err)
		must(one.StartFromGTID(set))
	default:
		must(one.RunFrom(mysql.Position{Name: start.File, Pos: start.Position}))
	}
	must(fmt.Errorf("canal ended"))
}

func main() {
	must(json.Unmarshal([]byte(os.Args[len(os.Args)-1]), &start))
	version := "unknown"
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if strings.HasSuffix(module.Path, "/go-mysql") {
			version = strings.TrimPrefix(module.Version, "v")
		}
	}
	say("version", line{"version": version})
	switch os.Args[1] {
	case "canal":
		runCanal()
	case "canal-gtid", "canal-position":
		runCanalWithDump(os.Args[1] == "canal-gtid", os.Args[2])
	}
	follow(os.Args[1] == "gtid")
}
