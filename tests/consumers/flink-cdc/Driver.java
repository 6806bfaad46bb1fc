// Flink CDC's MySQL source in Flink's mini-cluster: its snapshot, then its change events, as JSON lines (zoo.py says which).
//   java Driver '{"host": ..., "port": ..., "user": ..., "password": ..., "server_id": ..., "schema": ..., "folder": ...}'
// It goes on from the newest checkpoint in "folder".
// It tells no definition of the tables that it finds: the first row of one says that it is there.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.cdc.connectors.mysql.source.MySqlSource;
import org.apache.flink.cdc.connectors.shaded.org.apache.kafka.connect.data.Field;
import org.apache.flink.cdc.connectors.shaded.org.apache.kafka.connect.data.Struct;
import org.apache.flink.cdc.connectors.shaded.org.apache.kafka.connect.source.SourceRecord;
import org.apache.flink.cdc.debezium.DebeziumDeserializationSchema;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;
import org.apache.flink.util.Collector;

public class Driver {
    static final ObjectMapper json = new ObjectMapper();

    // A record as kind and fields of a line, separated by tabs, which JSON does not hold.
    static class Reader implements DebeziumDeserializationSchema<String> {
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

        @Override
        public void deserialize(SourceRecord record, Collector<String> out) throws Exception {
            Struct value = (Struct) record.value(), source = value.getStruct("source");
            String file = source.getString("file");
            boolean ddl = value.schema().field("historyRecord") != null;
            boolean streaming = ddl || !"r".equals(value.getString("op"));
            String at = !streaming ? "null" : "[" + Lines.quoted(file) + ", " + source.getInt64("pos") + ", " + source.getInt32("row") + "]";
            if (ddl) {
                JsonNode history = json.readTree(value.getString("historyRecord"));
                out.collect(String.join("\t", "ddl", "schema", Lines.quoted(history.path("databaseName").asText()),
                        "sql", Lines.quoted(history.path("ddl").asText()), "at", at));
            } else {
                out.collect(String.join("\t", "row", "schema", Lines.quoted(source.getString("db")),
                        "table", Lines.quoted(source.getString("table")), "before", row(value.getStruct("before")),
                        "after", row(value.getStruct("after")), "at", at));
            }
        }

        @Override
        public TypeInformation<String> getProducedType() { return Types.STRING; }
    }

    static class Sayer implements SinkFunction<String>, CheckpointedFunction {
        static final Set<String> known = new HashSet<>();

        @Override
        public void invoke(String line, Context context) {
            String[] parts = line.split("\t");
            if (parts[0].equals("row") && known.add(parts[4]))
                Lines.say("ddl", "schema", parts[2], "sql", "\"CREATE TABLE IF NOT EXISTS `" + parts[4].replace("\"", "") + "`\"");
            Lines.say(parts[0], java.util.Arrays.copyOfRange(parts, 1, parts.length));
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) {
            Lines.say("place");  // said before it is saved: what is lost in between comes again
        }

        @Override
        public void initializeState(FunctionInitializationContext context) {}
    }

    static Optional<Path> newestCheckpoint(Path folder) throws IOException {
        if (!Files.exists(folder)) return Optional.empty();
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(one -> one.endsWith("_metadata"))
                    .max(Comparator.comparingLong(one -> one.toFile().lastModified())).map(Path::getParent);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> start = Lines.parse(arguments[0]);
        System.setProperty("java.io.tmpdir", start.get("folder"));  // Flink leaves folders behind when it is ended
        Lines.sayVersion(MySqlSource.class);
        Path checkpoints = Path.of(start.get("folder"), "checkpoints");
        Configuration options = new Configuration();
        options.setString("execution.checkpointing.interval", "500ms");
        options.setString("execution.checkpointing.dir", checkpoints.toUri().toString());
        options.setString("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
        options.setString("restart-strategy.type", "fixed-delay");
        options.setString("restart-strategy.fixed-delay.attempts", "1000");
        options.setString("restart-strategy.fixed-delay.delay", "1s");
        options.setString("taskmanager.memory.managed.size", "16m");
        options.setString("taskmanager.memory.network.min", "16m");
        options.setString("taskmanager.memory.network.max", "16m");
        options.setString("taskmanager.numberOfTaskSlots", "1");
        newestCheckpoint(checkpoints).ifPresent(one -> options.setString("execution.state-recovery.path", one.toUri().toString()));

        Properties more = new Properties();
        more.setProperty("decimal.handling.mode", "string");
        more.setProperty("bigint.unsigned.handling.mode", "long");
        more.setProperty("connect.keep.alive.interval.ms", "500");
        more.setProperty("database.allowPublicKeyRetrieval", "true");
        Properties driver = new Properties();
        driver.setProperty("allowPublicKeyRetrieval", "true");
        long id = Long.parseLong(start.get("server_id"));
        MySqlSource<String> source = MySqlSource.<String>builder()
                .hostname(start.get("host")).port(Integer.parseInt(start.get("port")))
                .username(start.get("user")).password(start.get("password"))
                .serverId(id + "-" + (id + 3)).serverTimeZone("UTC")
                .databaseList(start.get("schema")).tableList(start.get("schema") + "\\..*")
                .includeSchemaChanges(true).debeziumProperties(more).jdbcProperties(driver).deserializer(new Reader()).build();
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(1, options);
        environment.fromSource(source, WatermarkStrategy.noWatermarks(), "source").uid("source")
                .addSink(new Sayer()).uid("sink");
        environment.execute();
    }
}
