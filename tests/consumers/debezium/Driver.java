// Debezium, embedded: its initial snapshot, then its change events, as JSON lines (zoo.py says which).
//   java Driver '{"host": ..., "port": ..., "user": ..., "password": ..., "server_id": ..., "schema": ..., "folder": ...}'
// It goes on from the offsets and the schema history that it keeps in "folder".

import io.debezium.connector.mysql.MySqlConnector;
import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

public class Driver {
    static String text(Field field, Object value) {
        if (value == null) return null;
        switch (field.schema().name() == null ? "" : field.schema().name()) {
            case "io.debezium.time.Timestamp":
                return Lines.utc(LocalDateTime.ofInstant(Instant.ofEpochMilli((Long) value), ZoneOffset.UTC));
            case "io.debezium.time.ZonedTimestamp":
                return Lines.utc(OffsetDateTime.parse((String) value).withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime());
            default:
                return value.toString();
        }
    }

    static String row(Struct values) {
        if (values == null) return "null";
        Map<String, String> result = new LinkedHashMap<>();
        for (Field field : values.schema().fields()) result.put(field.name(), text(field, values.get(field)));
        return Lines.object(result);
    }

    static boolean has(Struct value, String field) { return value.schema().field(field) != null; }

    static void sayRecord(SourceRecord record, String schema) {
        if (!(record.value() instanceof Struct) || !has((Struct) record.value(), "source")) return;
        Struct value = (Struct) record.value(), source = value.getStruct("source");
        String snapshot = source.getString("snapshot");
        boolean streaming = snapshot == null || snapshot.equals("false");
        String at = !streaming ? "null" : "[" + Lines.quoted(source.getString("file")) + ", " + source.getInt64("pos")
                + ", " + source.getInt32("row") + "]";
        if (has(value, "ddl")) {
            Lines.say("ddl", "schema", Lines.quoted(value.getString("databaseName")), "sql", Lines.quoted(value.getString("ddl")), "at", at);
        } else if (source.getString("db").equals(schema)) {
            Lines.say("row", "schema", Lines.quoted(source.getString("db")), "table", Lines.quoted(source.getString("table")),
                    "before", row(value.getStruct("before")), "after", row(value.getStruct("after")), "at", at);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> start = Lines.parse(arguments[0]);
        Lines.sayVersion(MySqlConnector.class);

        Properties options = new Properties();
        String folder = start.get("folder");
        options.setProperty("name", "zoo");
        options.setProperty("topic.prefix", "zoo");
        options.setProperty("connector.class", MySqlConnector.class.getName());
        options.setProperty("offset.storage", "org.apache.kafka.connect.storage.FileOffsetBackingStore");
        options.setProperty("offset.storage.file.filename", folder + "/offsets");
        options.setProperty("offset.flush.interval.ms", "0");
        options.setProperty("schema.history.internal", "io.debezium.storage.file.history.FileSchemaHistory");
        options.setProperty("schema.history.internal.file.filename", folder + "/schema-history");
        options.setProperty("database.hostname", start.get("host"));
        options.setProperty("database.port", start.get("port"));
        options.setProperty("database.user", start.get("user"));
        options.setProperty("database.password", start.get("password"));
        options.setProperty("database.server.id", start.get("server_id"));
        options.setProperty("driver.allowPublicKeyRetrieval", "true");
        options.setProperty("database.include.list", start.get("schema"));
        options.setProperty("snapshot.mode", "initial");
        options.setProperty("decimal.handling.mode", "string");
        options.setProperty("bigint.unsigned.handling.mode", "long");
        options.setProperty("tombstones.on.delete", "false");
        options.setProperty("poll.interval.ms", "50");
        options.setProperty("connect.keep.alive.interval.ms", "500");
        options.setProperty("retriable.restart.connector.wait.ms", "500");

        DebeziumEngine<RecordChangeEvent<SourceRecord>> engine = DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
                .using(options)
                .using((success, message, error) -> {
                    if (error != null) error.printStackTrace();
                    System.err.println("the engine ended: " + message);
                })
                .notifying((List<RecordChangeEvent<SourceRecord>> events,
                        DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer) -> {
                    for (RecordChangeEvent<SourceRecord> event : events) {
                        sayRecord(event.record(), start.get("schema"));
                        committer.markProcessed(event);
                    }
                    Lines.say("place");  // said before it is saved: what is lost in between comes again
                    committer.markBatchFinished();
                })
                .build();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                engine.close();
            } catch (Exception error) {
                error.printStackTrace();
            }
        }));
        engine.run();
    }
}
