package main

import (
	"context"
	"fmt"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
)

// Where DM begins at `start-task --start-time`: the first transaction that is not older than that. It bisects SHOW
// BINARY LOGS by the time of each file's first event that has one, then reads the last file that begins before, up to
// the size it is listed with. It goes by the names in that list, whatever a ROTATE at the beginning calls the file.

const fileBegin = 4

type listedFile struct {
	name string
	size int64
}

type foundPlace struct {
	kind  string // "below": the log begins later; "in range"; "above": all of it is older
	at    mysql.Position
	gtids *mysql.MysqlGTIDSet
}

func (c *consumer) listedFiles() []listedFile {
	rows, ok := c.query("SHOW BINARY LOGS")
	if !ok || len(rows) == 0 {
		must(fmt.Errorf("no SHOW BINARY LOGS"))
	}
	var files []listedFile
	for _, row := range rows {
		one := listedFile{name: row["Log_name"]}
		_, err := fmt.Sscan(row["File_size"], &one.size)
		must(err)
		files = append(files, one)
	}
	return files
}

// isFakeRotate: that is how DM tells the one that a server puts in front of a file.
func isFakeRotate(header *replication.EventHeader) bool {
	return header.EventType == replication.ROTATE_EVENT && (header.Timestamp == 0 || header.LogPos == 0)
}

// reading calls take(event) for the raw events of a file from its beginning on, until that says it is enough.
func (c *consumer) reading(file string, take func(*replication.BinlogEvent) bool) {
	settings := c.settings(start.User, start.ServerID)
	settings.RawModeEnabled = true
	syncer := replication.NewBinlogSyncer(settings)
	defer syncer.Close()
	streamer, err := syncer.StartSync(mysql.Position{Name: file, Pos: fileBegin})
	must(err)
	limit, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		event, err := streamer.GetEvent(limit)
		if err != nil {
			must(fmt.Errorf("%s: %w", file, err))
		}
		if !isFakeRotate(event.Header) && take(event) {
			return
		}
	}
}

func (c *consumer) beginOf(file string) (seconds uint32) {
	c.reading(file, func(event *replication.BinlogEvent) bool {
		seconds = event.Header.Timestamp
		return true
	})
	return seconds
}

// fileBefore: the last one that begins before that; the first, and true, if none does.
func (c *consumer) fileBefore(files []listedFile, seconds uint32) (int, bool) {
	low, high := 0, len(files)
	for low < high { // files in front of low begin before, those from high on do not
		middle := (low + high) / 2
		if c.beginOf(files[middle].name) < seconds {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return max(low-1, 0), low == 0
}

// transactionStarts tells whether an event begins a transaction, as DM tells it.
type transactionStarts struct {
	parser  *replication.BinlogParser
	hasGTID bool
	inside  bool
}

func (t *transactionStarts) is(event *replication.BinlogEvent) bool {
	switch event.Header.EventType {
	case replication.FORMAT_DESCRIPTION_EVENT:
		_, err := t.parser.Parse(event.RawData)
		must(err)
	case replication.GTID_EVENT, replication.ANONYMOUS_GTID_EVENT:
		t.hasGTID = true
		return true
	case replication.XID_EVENT:
		t.inside = false
	case replication.QUERY_EVENT:
		if t.hasGTID {
			return false
		}
		parsed, err := t.parser.Parse(event.RawData)
		must(err)
		switch string(parsed.Event.(*replication.QueryEvent).Query) {
		case "BEGIN":
			t.inside = true
			return true
		case "COMMIT":
			t.inside = false
		default:
			return !t.inside
		}
	}
	return false
}

func (t *transactionStarts) addGTIDs(to *mysql.MysqlGTIDSet, event *replication.BinlogEvent) *mysql.MysqlGTIDSet {
	kind := event.Header.EventType
	if kind != replication.GTID_EVENT && kind != replication.PREVIOUS_GTIDS_EVENT {
		return to
	}
	parsed, err := t.parser.Parse(event.RawData)
	must(err)
	switch one := parsed.Event.(type) {
	case *replication.PreviousGTIDsEvent:
		all, err := parseSet(one.GTIDSets)
		must(err)
		return all
	case *replication.GTIDEvent:
		next, err := one.GTIDNext()
		must(err)
		must(to.Update(next.String()))
	}
	return to
}

func (c *consumer) find(seconds uint32) foundPlace {
	files := c.listedFiles()
	number, below := c.fileBefore(files, seconds)
	file := files[number]
	none, err := parseSet("")
	must(err)
	found := foundPlace{kind: "in range", at: mysql.Position{Name: file.name, Pos: fileBegin}, gtids: none}
	starts := transactionStarts{parser: replication.NewBinlogParser()}
	starts.parser.SetVerifyChecksum(true)
	c.reading(file.name, func(event *replication.BinlogEvent) bool {
		if starts.is(event) && event.Header.Timestamp >= seconds {
			return true
		}
		found.gtids = starts.addGTIDs(found.gtids, event)
		if below { // from the file's beginning on, with the GTIDs that lie in front of it
			return event.Header.EventType == replication.PREVIOUS_GTIDS_EVENT
		}
		found.at.Pos = event.Header.LogPos
		if int64(found.at.Pos) >= file.size {
			if number == len(files)-1 {
				found.kind = "above"
			}
			return true
		}
		return false
	})
	if below {
		found.kind = "below"
	}
	return found
}

// firstRow: the first column of the first row of the schema that comes from there; nothing within five seconds: null.
func (c *consumer) firstRow(from foundPlace) any {
	syncer := replication.NewBinlogSyncer(c.settings(start.User, start.ServerID))
	defer syncer.Close()
	var streamer *replication.BinlogStreamer
	var err error
	if c.byGTID {
		streamer, err = syncer.StartSyncGTID(from.gtids.Clone())
	} else {
		streamer, err = syncer.StartSync(from.at)
	}
	must(err)
	limit, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for {
		event, err := streamer.GetEvent(limit)
		if limit.Err() != nil {
			return nil
		}
		must(err)
		rows, is := event.Event.(*replication.RowsEvent)
		if is && string(rows.Table.Schema) == start.Schema {
			return rows.Rows[0][0]
		}
	}
}

// findAll prints, for each of the times, the place and what comes first from there.
func (c *consumer) findAll(times []uint32) {
	for _, seconds := range times {
		found := c.find(seconds)
		more := line{"time": seconds, "found": found.kind, "file": found.at.Name, "position": found.at.Pos,
			"gtid": found.gtids.String()}
		if found.kind != "above" {
			more["first"] = c.firstRow(found)
		}
		say("start", more)
	}
}
