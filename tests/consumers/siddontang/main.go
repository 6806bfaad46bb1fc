// siddontang/go-mysql, the parent of go-mysql: its BinlogSyncer prints each change as a JSON line (zoo.py says which).
//
//	driver gtid|position '{"host": ..., "port": ..., "user": ..., "password": ..., "server_id": ...,
//	                       "schema": ..., "gtid": SET, "file": ..., "position": ...}'
//
// It connects again by itself: by position where it was, by GTID with the last transaction once more.
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

	uuid "github.com/satori/go.uuid"
	"github.com/siddontang/go-log/log"
	"github.com/siddontang/go-mysql/mysql"
	"github.com/siddontang/go-mysql/replication"
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
}

type line map[string]interface{}

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

func named(columns []string, row []interface{}) line {
	if len(columns) < len(row) {
		must(fmt.Errorf("%d values for the columns %v", len(row), columns))
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

func sayRows(kind replication.EventType, event *replication.RowsEvent) {
	columns, step := event.Table.ColumnNameString(), 1
	insert, remove := false, false
	switch kind {
	case replication.WRITE_ROWS_EVENTv2:
		insert = true
	case replication.DELETE_ROWS_EVENTv2:
		remove = true
	default:
		step = 2
	}
	for i := 0; i+step <= len(event.Rows); i += step {
		var before, after interface{}
		if !insert {
			before = named(columns, event.Rows[i])
		}
		if !remove {
			after = named(columns, event.Rows[i+step-1])
		}
		say("row", line{"schema": start.Schema, "table": string(event.Table.Table), "before": before, "after": after})
	}
}

var inTransaction = regexp.MustCompile(`^(BEGIN$|SAVEPOINT |ROLLBACK TO )`)

func main() {
	must(json.Unmarshal([]byte(os.Args[2]), &start))
	byGTID := os.Args[1] == "gtid"
	errors, err := log.NewStreamHandler(os.Stderr) // it logs to standard output
	must(err)
	log.SetDefaultLogger(log.NewDefault(errors))
	version := "unknown"
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if strings.HasSuffix(module.Path, "/go-mysql") {
			version = strings.TrimPrefix(module.Version, "v")
		}
	}
	say("version", line{"version": version})

	executed, err := mysql.ParseMysqlGTIDSet(start.GTID)
	must(err)
	syncer := replication.NewBinlogSyncer(replication.BinlogSyncerConfig{
		ServerID: start.ServerID, Flavor: mysql.MySQLFlavor, Host: start.Host, Port: start.Port,
		User: start.User, Password: start.Password, TimestampStringLocation: time.UTC,
		HeartbeatPeriod: 5 * time.Second, ReadTimeout: 30 * time.Second,
	})
	var streamer *replication.BinlogStreamer
	if byGTID {
		streamer, err = syncer.StartSyncGTID(executed.Clone())
	} else {
		streamer, err = syncer.StartSync(mysql.Position{Name: start.File, Pos: start.Position})
	}
	must(err)

	file, gtid, seen := start.File, "", false
	place := func(position uint32) {
		if !byGTID {
			say("place", line{"file": file, "position": position})
		} else if !seen {
			must(executed.Update(gtid))
			say("place", line{"gtid": executed.String()})
		}
	}
	for {
		event, err := streamer.GetEvent(context.Background())
		must(err)
		switch e := event.Event.(type) {
		case *replication.RotateEvent:
			file = string(e.NextLogName)
		case *replication.GTIDEvent:
			source, err := uuid.FromBytes(e.SID)
			must(err)
			gtid = fmt.Sprintf("%s:%d", source, e.GNO)
			one, err := mysql.ParseMysqlGTIDSet(gtid)
			must(err)
			seen = byGTID && executed.Contain(one)
			if !seen {
				say("begin", nil)
			}
		case *replication.XIDEvent:
			place(event.Header.LogPos)
		case *replication.QueryEvent:
			text := string(e.Query)
			if inTransaction.MatchString(text) {
				break
			}
			if !seen && text != "COMMIT" && text != "ROLLBACK" {
				say("ddl", line{"schema": string(e.Schema), "sql": text})
			}
			place(event.Header.LogPos)
		case *replication.RowsEvent:
			if !seen && string(e.Table.Schema) == start.Schema {
				sayRows(event.Header.EventType, e)
			}
		}
	}
}
