// The JSON lines that a driver prints (zoo.py says which), and the argument that it is given.

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class Lines {
    // Libraries log to standard output, some of them: that goes to standard error.
    static final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    static { System.setOut(System.err); }

    private static final DateTimeFormatter time = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS");

    // Flat objects of texts and numbers are all that is read and written.
    static Map<String, String> parse(String text) {
        Map<String, String> result = new HashMap<>();
        Matcher field = Pattern.compile("\"(\\w+)\": (?:\"([^\"]*)\"|(\\d+))").matcher(text);
        while (field.find()) result.put(field.group(1), field.group(2) != null ? field.group(2) : field.group(3));
        return result;
    }

    static String quoted(String text) {
        if (text == null) return "null";
        StringBuilder result = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') result.append('\\').append(c);
            else if (c < ' ') result.append(String.format("\\u%04x", (int) c));
            else result.append(c);
        }
        return result.append('"').toString();
    }

    // Column -> text, in any order.
    static String object(Map<String, String> values) {
        StringBuilder result = new StringBuilder("{");
        for (Map.Entry<String, String> one : values.entrySet())
            result.append(result.length() == 1 ? "" : ", ").append(quoted(one.getKey())).append(": ").append(quoted(one.getValue()));
        return result.append('}').toString();
    }

    static synchronized void say(String kind, String... more) {  // names, and values that are JSON already
        StringBuilder line = new StringBuilder("{\"kind\": ").append(quoted(kind));
        for (int i = 0; i < more.length; i += 2) line.append(", ").append(quoted(more[i])).append(": ").append(more[i + 1]);
        out.println(line.append('}'));
        out.flush();
    }

    // "1.2.3.Final" of library-1.2.3.Final.jar, where this class comes from: the file's name is all that always tells.
    static void sayVersion(Class<?> of) {
        String jar = of.getProtectionDomain().getCodeSource().getLocation().getPath();
        say("version", "version", quoted(jar.replaceAll(".*-([0-9][0-9A-Za-z.]*)\\.jar$", "$1")));
    }

    static String utc(LocalDateTime of) { return time.format(of); }

    static String utc(long seconds, int nanoseconds) {
        return utc(LocalDateTime.ofEpochSecond(seconds, nanoseconds, ZoneOffset.UTC));
    }
}
