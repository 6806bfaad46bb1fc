// Canal's parser, embedded: prints each change as a JSON line (zoo.py says which).
//   java Driver gtid|position '{"host": ..., "port": ..., "user": ..., "password": ..., "server_id": ..., "schema": ...,
//                               "folder": ..., "gtid": SET, "file": ..., "position": ...}'
// It goes on from the position that it keeps in "folder"; its parser connects again by itself, after 10 to 20 s.

import ch.qos.logback.classic.Level;
import com.alibaba.otter.canal.common.AbstractCanalLifeCycle;
import com.alibaba.otter.canal.common.utils.JsonUtils;
import com.alibaba.otter.canal.filter.aviater.AviaterRegexFilter;
import com.alibaba.otter.canal.parse.inbound.mysql.MysqlEventParser;
import com.alibaba.otter.canal.parse.index.AbstractLogPositionManager;
import com.alibaba.otter.canal.parse.support.AuthenticationInfo;
import com.alibaba.otter.canal.protocol.CanalEntry;
import com.alibaba.otter.canal.protocol.position.EntryPosition;
import com.alibaba.otter.canal.protocol.position.LogPosition;
import com.alibaba.otter.canal.sink.CanalEventSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;

public class Driver {
    static String row(List<CanalEntry.Column> columns) {
        if (columns.isEmpty()) return "null";
        Map<String, String> result = new LinkedHashMap<>();
        for (CanalEntry.Column one : columns) result.put(one.getName(), one.getIsNull() ? null : one.getValue());
        return Lines.object(result);
    }

    static void sayEntry(CanalEntry.Entry entry, String schema) throws Exception {
        CanalEntry.Header header = entry.getHeader();
        if (entry.getEntryType() != CanalEntry.EntryType.ROWDATA) return;
        CanalEntry.RowChange change = CanalEntry.RowChange.parseFrom(entry.getStoreValue());
        String place = "[" + Lines.quoted(header.getLogfileName()) + ", " + header.getLogfileOffset() + ", ";
        if (change.getIsDdl()) {
            String of = change.getDdlSchemaName().isEmpty() ? header.getSchemaName() : change.getDdlSchemaName();
            Lines.say("ddl", "schema", Lines.quoted(of), "sql", Lines.quoted(change.getSql()), "at", place + "0]");
        }
        int number = 0;
        for (CanalEntry.RowData one : change.getRowDatasList())
            Lines.say("row", "schema", Lines.quoted(header.getSchemaName()), "table", Lines.quoted(header.getTableName()),
                    "before", row(one.getBeforeColumnsList()), "after", row(one.getAfterColumnsList()),
                    "at", place + number++ + "]");
    }

    static class Sink extends AbstractCanalLifeCycle implements CanalEventSink<List<CanalEntry.Entry>> {
        final String schema;

        Sink(String schema) { this.schema = schema; }

        @Override
        public boolean sink(List<CanalEntry.Entry> entries, InetSocketAddress from, String destination) {
            try {
                for (CanalEntry.Entry one : entries) sayEntry(one, schema);
                Lines.say("place");  // said before it is saved: what is lost in between comes again
            } catch (Exception error) {
                error.printStackTrace();
                Runtime.getRuntime().halt(1);
            }
            return true;
        }

        @Override
        public void interrupt() {}
    }

    // FileMixedLogPositionManager fails while it has no file. This writes the library's positions as its own would.
    static class Positions extends AbstractLogPositionManager {
        final Path file;

        Positions(String folder) { file = Path.of(folder, "position"); }

        @Override
        public synchronized LogPosition getLatestIndexBy(String destination) {
            try {
                return Files.exists(file) ? JsonUtils.unmarshalFromByte(Files.readAllBytes(file), LogPosition.class) : null;
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        }

        @Override
        public synchronized void persistLogPosition(String destination, LogPosition position) {
            try {
                Path whole = file.resolveSibling("position.new");
                Files.write(whole, JsonUtils.marshalToByte(position));
                Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> start = Lines.parse(arguments[1]);
        boolean byGtid = arguments[0].equals("gtid");
        Lines.sayVersion(MysqlEventParser.class);
        ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger("ROOT")).setLevel(Level.INFO);

        EntryPosition first = new EntryPosition();  // used while "folder" holds none
        if (byGtid) {
            first.setGtid(start.get("gtid"));
        } else if (start.containsKey("position")) {
            first = new EntryPosition(start.get("file"), Long.parseLong(start.get("position")));
        }
        Positions positions = new Positions(start.get("folder"));
        MysqlEventParser parser = new MysqlEventParser();
        parser.setDestination("zoo");
        parser.setSlaveId(Long.parseLong(start.get("server_id")));
        parser.setMasterInfo(new AuthenticationInfo(new InetSocketAddress(start.get("host"), Integer.parseInt(start.get("port"))),
                start.get("user"), start.get("password"), start.get("schema")));
        parser.setConnectionCharset("UTF-8");
        parser.setMasterPosition(first);
        parser.setIsGTIDMode(byGtid);
        // In parallel it loses what it reads first after it connected again, at the primary as well (alibaba/canal#1858, #3856).
        parser.setParallel(false);
        parser.setLogPositionManager(positions);
        parser.setEventFilter(new AviaterRegexFilter(start.get("schema") + "\\..*"));
        parser.setEventSink(new Sink(start.get("schema")));
        Runtime.getRuntime().addShutdownHook(new Thread(parser::stop));
        positions.start();
        parser.start();
        Thread.currentThread().join();
    }
}
