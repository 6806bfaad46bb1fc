// mysql-binlog-connector-java: prints each change as a JSON line (zoo.py says which).
//   java Driver gtid|position '{"host": ..., "port": ..., "user": ..., "password": ..., "server_id": ...,
//                               "schema": ..., "gtid": SET, "file": ..., "position": ...}'
// Its keep-alive thread connects again, from where the client is.

import com.github.shyiko.mysql.binlog.BinaryLogClient;
import com.github.shyiko.mysql.binlog.GtidSet;
import com.github.shyiko.mysql.binlog.event.*;
import com.github.shyiko.mysql.binlog.event.deserialization.ColumnType;
import com.github.shyiko.mysql.binlog.event.deserialization.EventDeserializer;
import java.io.PrintStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Driver {
    static final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    static final DateTimeFormatter time = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS");
    static final Pattern inTransaction = Pattern.compile("(BEGIN$|SAVEPOINT |ROLLBACK TO ).*", Pattern.DOTALL);

    final Map<Long, TableMapEventData> tables = new HashMap<>();
    final String schema;
    final boolean byGtid;
    final GtidSet executed;
    String current;
    String file;

    // Flat objects of texts and numbers are all that is read and written.
    static Map<String, String> parse(String text) {
        Map<String, String> result = new HashMap<>();
        Matcher field = Pattern.compile("\"(\\w+)\": (?:\"([^\"]*)\"|(\\d+))").matcher(text);
        while (field.find()) result.put(field.group(1), field.group(2) != null ? field.group(2) : field.group(3));
        return result;
    }

    static String quoted(String text) {
        StringBuilder result = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') result.append('\\').append(c);
            else if (c < ' ') result.append(String.format("\\u%04x", (int) c));
            else result.append(c);
        }
        return result.append('"').toString();
    }

    static void say(String kind, String... more) {  // names and values that are JSON already
        StringBuilder line = new StringBuilder("{\"kind\": ").append(quoted(kind));
        for (int i = 0; i < more.length; i += 2) line.append(", ").append(quoted(more[i])).append(": ").append(more[i + 1]);
        out.println(line.append('}'));
        out.flush();
    }

    static String value(Serializable of, ColumnType type) {
        if (of == null) return "null";
        if (of instanceof byte[]) return quoted(new String((byte[]) of, StandardCharsets.UTF_8));
        if (type == ColumnType.DATETIME_V2 || type == ColumnType.TIMESTAMP_V2) {
            long micros = (Long) of;
            Instant instant = Instant.ofEpochSecond(Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000);
            return quoted(time.format(LocalDateTime.ofInstant(instant, ZoneOffset.UTC)));
        }
        return quoted(of.toString());
    }

    static String row(TableMapEventData table, Serializable[] values) {
        if (values == null) return "null";
        List<String> names = table.getEventMetadata().getColumnNames();
        StringBuilder result = new StringBuilder("{");
        for (int i = 0; i < values.length; i++) {
            ColumnType type = ColumnType.byCode(table.getColumnTypes()[i] & 0xff);
            result.append(i == 0 ? "" : ", ").append(quoted(names.get(i))).append(": ").append(value(values[i], type));
        }
        return result.append('}').toString();
    }

    void sayRow(long id, Serializable[] before, Serializable[] after) {
        TableMapEventData table = tables.get(id);
        if (table.getDatabase().equals(schema))
            say("row", "schema", quoted(table.getDatabase()), "table", quoted(table.getTable()),
                    "before", row(table, before), "after", row(table, after));
    }

    void place(EventHeaderV4 header) {
        if (byGtid) {
            executed.add(current);
            say("place", "gtid", quoted(executed.toString()));
        } else {
            say("place", "file", quoted(file), "position", Long.toString(header.getNextPosition()));
        }
    }

    void onEvent(Event event) {
        EventHeaderV4 header = event.getHeader();
        EventData data = event.getData();
        if (data instanceof EventDeserializer.EventDataWrapper)
            data = ((EventDeserializer.EventDataWrapper) data).getInternal();
        if (data instanceof RotateEventData) {
            file = ((RotateEventData) data).getBinlogFilename();
        } else if (data instanceof GtidEventData) {
            current = ((GtidEventData) data).getMySqlGtid().toString();
            say("begin");
        } else if (data instanceof TableMapEventData) {
            tables.put(((TableMapEventData) data).getTableId(), (TableMapEventData) data);
        } else if (data instanceof XidEventData) {
            place(header);
        } else if (data instanceof QueryEventData) {
            QueryEventData query = (QueryEventData) data;
            if (inTransaction.matcher(query.getSql()).matches()) return;
            if (!query.getSql().equals("COMMIT") && !query.getSql().equals("ROLLBACK"))
                say("ddl", "schema", quoted(query.getDatabase()), "sql", quoted(query.getSql()));
            place(header);
        } else if (data instanceof WriteRowsEventData) {
            WriteRowsEventData rows = (WriteRowsEventData) data;
            for (Serializable[] one : rows.getRows()) sayRow(rows.getTableId(), null, one);
        } else if (data instanceof UpdateRowsEventData) {
            UpdateRowsEventData rows = (UpdateRowsEventData) data;
            for (Map.Entry<Serializable[], Serializable[]> one : rows.getRows())
                sayRow(rows.getTableId(), one.getKey(), one.getValue());
        } else if (data instanceof DeleteRowsEventData) {
            DeleteRowsEventData rows = (DeleteRowsEventData) data;
            for (Serializable[] one : rows.getRows()) sayRow(rows.getTableId(), one, null);
        }
    }

    Driver(Map<String, String> start, boolean byGtid) {
        this.schema = start.get("schema");
        this.byGtid = byGtid;
        this.executed = new GtidSet(byGtid ? start.get("gtid") : "");
        this.file = start.get("file");
    }

    static void fail(Exception error) {
        error.printStackTrace();
        System.exit(1);
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> start = parse(arguments[1]);
        Driver driver = new Driver(start, arguments[0].equals("gtid"));
        BinaryLogClient client = new BinaryLogClient(
                start.get("host"), Integer.parseInt(start.get("port")), start.get("user"), start.get("password"));
        client.setServerId(Long.parseLong(start.get("server_id")));
        if (driver.byGtid) {
            client.setGtidSet(start.get("gtid"));
        } else {
            client.setBinlogFilename(start.get("file"));
            client.setBinlogPosition(Long.parseLong(start.get("position")));
        }
        EventDeserializer deserializer = new EventDeserializer();
        deserializer.setCompatibilityMode(EventDeserializer.CompatibilityMode.DATE_AND_TIME_AS_LONG_MICRO,
                EventDeserializer.CompatibilityMode.CHAR_AND_BINARY_AS_BYTE_ARRAY);
        client.setEventDeserializer(deserializer);
        client.setKeepAliveInterval(500);
        client.setHeartbeatInterval(400);
        client.registerEventListener(event -> {
            try {
                driver.onEvent(event);
            } catch (Exception error) {  // the client would swallow it
                fail(error);
            }
        });
        client.registerLifecycleListener(new BinaryLogClient.AbstractLifecycleListener() {
            @Override
            public void onCommunicationFailure(BinaryLogClient client, Exception error) {
                System.err.println("communication failure: " + error);
            }

            @Override
            public void onEventDeserializationFailure(BinaryLogClient client, Exception error) {
                fail(error);
            }
        });
        // The file's name is all that tells.
        String jar = BinaryLogClient.class.getProtectionDomain().getCodeSource().getLocation().getPath();
        say("version", "version", quoted(jar.replaceAll(".*-([0-9.]+)\\.jar$", "$1")));
        client.connect(10_000);
        Thread.currentThread().join();
    }
}
