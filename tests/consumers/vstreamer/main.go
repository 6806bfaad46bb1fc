// Vitess' vstreamer: prints each change as a JSON line (zoo.py says which).
//
//	driver '{"host": ..., "port": ..., "user": ..., "password": ..., "schema": ..., "gtid": SET}'
//
// vstreamer.Engine as vttablet has it, on a topology in memory. A stream ends when its connection is lost, and when a
// table that was there is not at the next look (a tool's helper, behind a DDL; at the primary too); VReplication then
// asks for it again from the last GTIDs it has, and so does this. Of a table that is gone it does not know the columns'
// names any more, "@1", "@2"; they are then those that it told before.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	_ "github.com/go-sql-driver/mysql"
	"vitess.io/vitess/go/mysql"
	"vitess.io/vitess/go/sqltypes"
	"vitess.io/vitess/go/stats"
	"vitess.io/vitess/go/vt/dbconfigs"
	"vitess.io/vitess/go/vt/proto/binlogdata"
	"vitess.io/vitess/go/vt/proto/query"
	"vitess.io/vitess/go/vt/proto/topodata"
	"vitess.io/vitess/go/vt/proto/vschema"
	"vitess.io/vitess/go/vt/srvtopo"
	"vitess.io/vitess/go/vt/topo"
	"vitess.io/vitess/go/vt/topo/memorytopo"
	"vitess.io/vitess/go/vt/vtenv"
	"vitess.io/vitess/go/vt/vttablet/tabletserver/schema"
	"vitess.io/vitess/go/vt/vttablet/tabletserver/tabletenv"
	"vitess.io/vitess/go/vt/vttablet/tabletserver/throttle/throttlerapp"
	"vitess.io/vitess/go/vt/vttablet/tabletserver/vstreamer"
)

var start struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	User     string `json:"user"`
	Password string `json:"password"`
	Schema   string `json:"schema"`
	GTID     string `json:"gtid"`
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

func serverVersion() string {
	database, err := sql.Open("mysql", fmt.Sprintf("%s:%s@tcp(%s:%d)/", start.User, start.Password, start.Host, start.Port))
	must(err)
	defer database.Close()
	var version string
	must(database.QueryRow("SELECT VERSION()").Scan(&version))
	return regexp.MustCompile(`^[0-9.]+`).FindString(version)
}

func engine(ctx context.Context) (*vstreamer.Engine, *schema.Engine) {
	const cell, keyspace, shard = "cell", "keyspace", "0"
	server := memorytopo.NewServer(ctx, cell)
	must(server.CreateKeyspace(ctx, keyspace, &topodata.Keyspace{}))
	must(server.CreateShard(ctx, keyspace, shard))
	must(server.SaveVSchema(ctx, &topo.KeyspaceVSchemaInfo{Name: keyspace, Keyspace: &vschema.Keyspace{Sharded: true}}))
	must(server.RebuildSrvVSchema(ctx, []string{cell}))
	resilient := srvtopo.NewResilientServer(ctx, server, stats.NewCountersWithSingleLabel("", "", "type"))

	login := mysql.ConnParams{Host: start.Host, Port: start.Port, Uname: start.User, Pass: start.Password}
	config := tabletenv.NewDefaultConfig()
	config.DB = dbconfigs.NewTestDBConfigs(login, login, start.Schema)
	venv, err := vtenv.New(vtenv.Options{MySQLServerVersion: serverVersion()})
	must(err)
	env := tabletenv.NewEnv(venv, config, "vstreamer")

	tables := schema.NewEngine(env)
	tables.InitDBConfig(config.DB.DbaWithDB())
	must(tables.Open())
	result := vstreamer.NewEngine(env, resilient, tables, nil, cell)
	result.InitDBConfig(keyspace, shard)
	result.Open()
	return result, tables
}

func named(fields []*query.Field, row *query.Row) any {
	if row == nil {
		return nil
	}
	result := line{}
	for i, value := range sqltypes.MakeRowTrusted(fields, row) {
		if value.IsNull() {
			result[fields[i].Name] = nil
		} else {
			result[fields[i].Name] = value.ToString()
		}
	}
	return result
}

func main() {
	must(json.Unmarshal([]byte(os.Args[len(os.Args)-1]), &start))
	version := "unknown"
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "vitess.io/vitess" {
			version = strings.TrimPrefix(module.Version, "v")
		}
	}
	say("version", line{"version": version})

	ctx := context.Background()
	fields := map[string][]*query.Field{}
	gtid, last, open := "", start.GTID, false
	progress := time.Now()
	begin := func() {
		if !open {
			say("begin", nil)
		}
		open = true
	}
	end := func() {
		last, open, progress = strings.TrimPrefix(gtid, "MySQL56/"), false, time.Now()
		say("place", line{"gtid": last})
	}
	take := func(events []*binlogdata.VEvent) error {
		for _, event := range events {
			switch event.Type {
			case binlogdata.VEventType_BEGIN:
				begin()
			case binlogdata.VEventType_GTID:
				gtid = event.Gtid
			case binlogdata.VEventType_FIELD:
				table, of := event.FieldEvent.TableName, event.FieldEvent.Fields
				if before := fields[table]; len(before) == len(of) {
					for i := range of {
						if strings.HasPrefix(of[i].Name, "@") {
							of[i].Name = before[i].Name
						}
					}
				}
				fields[table] = of
			case binlogdata.VEventType_ROW:
				table := event.RowEvent.TableName
				for _, change := range event.RowEvent.RowChanges {
					say("row", line{"schema": start.Schema, "table": table,
						"before": named(fields[table], change.Before), "after": named(fields[table], change.After)})
				}
			case binlogdata.VEventType_DDL:
				begin()
				say("ddl", line{"schema": start.Schema, "sql": event.Statement})
				end()
			case binlogdata.VEventType_COMMIT, binlogdata.VEventType_OTHER:
				end()
			}
		}
		return nil
	}
	filter := &binlogdata.Filter{Rules: []*binlogdata.Rule{{Match: "/.*"}}, FieldEventMode: binlogdata.Filter_BEST_EFFORT}
	streams, tables := engine(ctx)
	for {
		err := streams.Stream(ctx, "MySQL56/"+last, nil, filter, throttlerapp.VStreamerName, take, nil)
		if time.Since(progress) > time.Minute {
			must(fmt.Errorf("no transaction for a minute: %w", err))
		}
		fmt.Fprintln(os.Stderr, err)
		time.Sleep(200 * time.Millisecond)
		_ = tables.Reload(ctx)
		open = false
	}
}
