// Maxwell, embedded, with a producer that prints each change as a JSON line (zoo.py says which).
//   java Driver gtid|position '{"host": ..., "port": ..., "user": ..., "password": ..., "server_id": ..., "schema": ...,
//                               "folder": ".../of-END"}'
// It starts at the end of the log. Its schemas and its place are in the database maxwell_END of the server it reads from.

import com.zendesk.maxwell.Maxwell;
import com.zendesk.maxwell.MaxwellConfig;
import com.zendesk.maxwell.MaxwellContext;
import com.zendesk.maxwell.producer.AbstractProducer;
import com.zendesk.maxwell.replication.BinlogPosition;
import com.zendesk.maxwell.row.RowMap;
import com.zendesk.maxwell.schema.ddl.DDLMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

public class Driver {
    static String row(Map<String, Object> values) {
        Map<String, String> result = new LinkedHashMap<>();
        values.forEach((name, value) -> result.put(name, value == null ? null : value.toString()));
        return Lines.object(result);
    }

    static class Producer extends AbstractProducer {
        final String schema;

        Producer(MaxwellContext context, String schema) {
            super(context);
            this.schema = schema;
        }

        @Override
        public void push(RowMap change) throws Exception {
            BinlogPosition place = change.getPosition().getBinlogPosition();
            String at = "[" + Lines.quoted(place.getFile()) + ", " + place.getOffset() + ", "
                    + (change.getXoffset() == null ? 0 : change.getXoffset()) + "]";
            if (change instanceof DDLMap) {
                Lines.say("ddl", "schema", Lines.quoted(change.getDatabase()), "sql", Lines.quoted(((DDLMap) change).getSql()), "at", at);
            } else if (schema.equals(change.getDatabase())) {
                Map<String, Object> before = new LinkedHashMap<>(change.getData());
                before.putAll(change.getOldData());
                String kind = change.getRowType();
                Lines.say("row", "schema", Lines.quoted(change.getDatabase()), "table", Lines.quoted(change.getTable()),
                        "before", kind.equals("insert") ? "null" : row(before),
                        "after", kind.equals("delete") ? "null" : row(change.getData()), "at", at);
            }
            if (change.isTXCommit()) Lines.say("place");  // said before it is saved: what is lost in between comes again
            context.setPosition(change);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> start = Lines.parse(arguments[1]);
        Lines.sayVersion(Maxwell.class);
        String end = start.get("folder").replaceAll(".*of-", "");
        List<String> options = new ArrayList<>(List.of(
                "--host=" + start.get("host"), "--port=" + start.get("port"),
                "--user=" + start.get("user"), "--password=" + start.get("password"),
                "--replica_server_id=" + start.get("server_id"), "--schema_database=maxwell_" + end, "--client_id=" + end,
                "--filter=exclude: *.*, include: " + start.get("schema") + ".*", "--output_ddl=true", "--producer=none"));
        if (arguments[0].equals("gtid")) options.add("--gtid_mode=true");
        MaxwellConfig config = new MaxwellConfig(options.toArray(new String[0]));
        config.producerFactory = context -> new Producer(context, start.get("schema"));
        Maxwell maxwell = new Maxwell(config);
        Runtime.getRuntime().addShutdownHook(new Thread(maxwell::terminate));
        maxwell.run();
        System.exit(1);
    }
}
