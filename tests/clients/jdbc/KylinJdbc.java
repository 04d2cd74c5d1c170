import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;

/**
 * Kylin's JDBC driver 3.1.3 as programs and BI tools use it.
 *
 *   java -cp 'jdbc.jars/*:.' KylinJdbc jdbc:kylin://127.0.0.1:7070/default [jdbc:kylin://… of a server with users]
 *
 * Prints `ok  NAME` or `FAIL  NAME: what`, and at the end `N passed, N failed`.
 */
public class KylinJdbc {
    interface Check { void run() throws Exception; }
    interface Bind { void to(PreparedStatement statement) throws SQLException; }

    static final String UTF8 = "Z\u00fcrich \u6771\u4eac \"q\" 'a' ?";
    static int passed, failed;
    static Connection connection;

    static void check(String name, Check check) {
        try {
            check.run();
            passed++;
            System.out.println("ok  " + name);
        } catch (Throwable error) {
            failed++;
            String text = String.valueOf(error);
            System.out.println("FAIL  " + name + ": " + (text.length() > 500 ? text.substring(0, 500) + " …" : text));
        }
    }

    static void same(Object found, Object expected) {
        if (!Objects.equals(found, expected)) {
            throw new AssertionError("found " + show(found) + ", expected " + show(expected));
        }
    }

    static String show(Object value) {
        return value == null ? "null" : value + " (" + value.getClass().getSimpleName() + ")";
    }

    static Connection connect(String url, String user, String password) throws SQLException {
        Properties properties = new Properties();
        properties.put("user", user);
        properties.put("password", password);
        return DriverManager.getConnection(url, properties);
    }

    static List<Object> column(String sql, int index) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            List<Object> values = new ArrayList<>();
            while (rows.next()) values.add(rows.getObject(index));
            return values;
        }
    }

    static String values(String column) {
        return "SELECT " + column + " AS v, MAX(minute_start) AS m FROM every_type GROUP BY " + column + " ORDER BY m";
    }

    static long count(String sql, Bind bind) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind.to(statement);
            try (ResultSet rows = statement.executeQuery()) {
                if (!rows.next()) throw new AssertionError("no row");
                return rows.getLong(1);
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        Class.forName("org.apache.kylin.jdbc.Driver");
        check("connect", () -> connection = connect(arguments[0], "ADMIN", "KYLIN"));
        if (connection != null) {
            metadata();
            types();
            statements();
            prepared();
            errors();
            check("close", () -> { connection.close(); same(connection.isClosed(), true); });
        }
        if (arguments.length > 1) users(arguments[1]);
        System.out.println(passed + " passed, " + failed + " failed");
        System.exit(failed == 0 ? 0 : 1);
    }

    static void metadata() throws SQLException {
        DatabaseMetaData data = connection.getMetaData();
        check("DatabaseMetaData.getTables", () -> {
            List<String> tables = new ArrayList<>();
            try (ResultSet rows = data.getTables(null, null, null, null)) {
                while (rows.next()) {
                    tables.add(rows.getString("TABLE_CAT") + "." + rows.getString("TABLE_SCHEM") + "." + rows.getString("TABLE_NAME") + " " + rows.getString("TABLE_TYPE"));
                }
            }
            same(tables, List.of("defaultCatalog.DEFAULT.EVERY_TYPE TABLE", "defaultCatalog.DEFAULT.KYLIN_STREAMING_TABLE TABLE"));
        });
        check("DatabaseMetaData.getTables with a pattern", () -> {
            try (ResultSet rows = data.getTables(null, "DEFAULT", "EVERY%", new String[] {"TABLE"})) {
                same(rows.next(), true);
                same(rows.getString("TABLE_NAME"), "EVERY_TYPE");
                same(rows.next(), false);
            }
        });
        check("DatabaseMetaData.getSchemas", () -> {
            try (ResultSet rows = data.getSchemas()) {
                same(rows.next(), true);
                same(rows.getString("TABLE_SCHEM"), "DEFAULT");
            }
        });
        check("DatabaseMetaData.getColumns", () -> {
            Map<String, Integer> types = new LinkedHashMap<>();
            Map<String, String> more = new LinkedHashMap<>();
            try (ResultSet rows = data.getColumns(null, "DEFAULT", "EVERY_TYPE", null)) {
                while (rows.next()) {
                    types.put(rows.getString("COLUMN_NAME"), rows.getInt("DATA_TYPE"));
                    more.put(rows.getString("COLUMN_NAME"), rows.getString("TYPE_NAME") + " " + rows.getInt("COLUMN_SIZE") + " " + rows.getInt("DECIMAL_DIGITS") + " " + rows.getString("IS_NULLABLE"));
                }
            }
            Map<String, Integer> expected = new LinkedHashMap<>();
            expected.put("AT", Types.TIMESTAMP);
            expected.put("FLAG", Types.BOOLEAN);
            expected.put("NUMBER", Types.INTEGER);
            expected.put("BIG", Types.BIGINT);
            expected.put("SINGLE", Types.DOUBLE);
            expected.put("RATIO", Types.DOUBLE);
            expected.put("PRICE", Types.DECIMAL);
            expected.put("WORD", Types.VARCHAR);
            expected.put("BORN", Types.DATE);
            expected.put("SEEN", Types.TIMESTAMP);
            expected.forEach((name, type) -> {
                if (!type.equals(types.get(name))) throw new AssertionError("column " + name + " has type " + types.get(name) + ", expected " + type);
            });
            same(more.get("PRICE"), "DECIMAL 19 4 YES");
        });
    }

    static void types() {
        check("BIGINT", () -> same(column(values("big"), 1), java.util.Arrays.asList(Long.MIN_VALUE, Long.MAX_VALUE, null)));
        check("INTEGER", () -> same(column(values("number"), 1), java.util.Arrays.asList(Integer.MIN_VALUE, Integer.MAX_VALUE, null)));
        check("DECIMAL", () -> same(column(values("price"), 1), java.util.Arrays.asList(new BigDecimal("123456789012345.6789"), new BigDecimal("-0.0001"), null)));
        check("VARCHAR", () -> same(column(values("word"), 1), java.util.Arrays.asList(UTF8, "", null)));
        check("BOOLEAN", () -> same(column(values("flag"), 1), java.util.Arrays.asList(true, false, null)));
        check("DATE", () -> {
            List<Object> found = column(values("born"), 1);
            same(found.toString(), "[1969-12-31, 9999-12-31, null]");
            same(found.get(0).getClass(), Date.class);
        });
        check("TIMESTAMP", () -> {
            List<Object> found = column(values("seen"), 1);
            same(found.get(0).getClass(), Timestamp.class);
            same(found.toString(), "[2026-01-02 03:04:05.678, 1970-01-01 00:00:00.0, null]");
        });
        check("DOUBLE", () -> {
            same(column("SELECT SUM(ratio) FROM every_type", 1), List.of(1e300));
            same(column("SELECT AVG(ratio) FROM every_type", 1), List.of(5e299));
            same(column("SELECT MAX(single) FROM every_type", 1), List.of(1.5));
        });
        check("COUNT(*) is a BIGINT", () -> same(column("SELECT COUNT(*) FROM kylin_streaming_table", 1), List.of(3000L)));
        check("SUM of DECIMAL", () -> same(column("SELECT SUM(price) FROM every_type", 1), List.of(new BigDecimal("123456789012345.6788"))));
        check("getters of NULL", () -> {
            try (Statement statement = connection.createStatement();
                 ResultSet rows = statement.executeQuery("SELECT big, price, word, flag, born, seen, COUNT(*) AS n FROM every_type WHERE word IS NULL GROUP BY big, price, word, flag, born, seen")) {
                same(rows.next(), true);
                same(rows.getLong(1), 0L);
                same(rows.wasNull(), true);
                same(rows.getBigDecimal(2), null);
                same(rows.getString(3), null);
                same(rows.getBoolean(4), false);
                same(rows.wasNull(), true);
                same(rows.getDate(5), null);
                same(rows.getTimestamp(6), null);
                same(rows.getLong("n"), 1L);
                same(rows.next(), false);
            }
        });
        check("ResultSetMetaData", () -> {
            try (Statement statement = connection.createStatement();
                 ResultSet rows = statement.executeQuery("SELECT country, COUNT(*) AS \"Orders\", SUM(amount) AS s FROM kylin_streaming_table GROUP BY country")) {
                ResultSetMetaData data = rows.getMetaData();
                same(data.getColumnCount(), 3);
                same(data.getColumnLabel(2), "Orders");
                same(data.getColumnType(1), Types.VARCHAR);
                same(data.getColumnType(2), Types.BIGINT);
                same(data.getColumnType(3), Types.DECIMAL);
                same(data.getScale(3), 4);
            }
        });
    }

    static void statements() {
        check("the sum of groups", () -> {
            long sum = 0;
            for (Object n : column("SELECT country, COUNT(*) FROM KYLIN_STREAMING_TABLE GROUP BY country", 2)) sum += (Long) n;
            same(sum, 3000L);
        });
        check("an empty result", () -> same(column("SELECT country, COUNT(*) FROM kylin_streaming_table WHERE country = 'ATLANTIS' GROUP BY country", 1), List.of()));
        check("schema and quoted names", () -> same(column("SELECT COUNT(*) FROM \"DEFAULT\".\"KYLIN_STREAMING_TABLE\"", 1), List.of(3000L)));
        check("a statement without a table", () -> same(column("SELECT 1", 1), List.of(1L)));
        check("ODBC escapes", () -> same(column("SELECT {fn UPPER('a')}", 1), List.of("A")));
        check("two statements of one connection", () -> {
            try (Statement first = connection.createStatement(); Statement second = connection.createStatement();
                 ResultSet a = first.executeQuery("SELECT 1"); ResultSet b = second.executeQuery("SELECT 2")) {
                same(a.next() && b.next(), true);
                same(a.getLong(1) + b.getLong(1), 3L);
            }
        });
        // The driver sends it as the toggle ATTR_STATEMENT_MAX_ROWS; Kylin's server then cuts the rows.
        check("setMaxRows", () -> {
            try (Statement statement = connection.createStatement()) {
                statement.setMaxRows(2);
                int n = 0;
                try (ResultSet rows = statement.executeQuery("SELECT country, COUNT(*) FROM kylin_streaming_table GROUP BY country")) {
                    while (rows.next()) n++;
                }
                same(n, 2);
            }
        });
    }

    static void prepared() {
        String from = "SELECT COUNT(*) FROM every_type WHERE ";
        check("? as String", () -> same(count(from + "word = ?", s -> s.setString(1, UTF8)), 1L));
        check("? as an empty String", () -> same(count(from + "word = ?", s -> s.setString(1, "")), 1L));
        check("? as int", () -> same(count(from + "number = ?", s -> s.setInt(1, Integer.MIN_VALUE)), 1L));
        check("? as short", () -> same(count(from + "number > ?", s -> s.setShort(1, (short) 5)), 1L));
        check("? as byte", () -> same(count(from + "number > ?", s -> s.setByte(1, (byte) 5)), 1L));
        check("? as long", () -> same(count(from + "big = ?", s -> s.setLong(1, Long.MAX_VALUE)), 1L));
        check("? as double", () -> same(count(from + "number > ?", s -> s.setDouble(1, 0.5)), 1L));
        check("? as float", () -> same(count(from + "number > ?", s -> s.setFloat(1, 0.5f)), 1L));
        check("? as BigDecimal", () -> same(count(from + "price = ?", s -> s.setBigDecimal(1, new BigDecimal("-0.0001"))), 1L));
        check("? as boolean", () -> same(count(from + "flag = ?", s -> s.setBoolean(1, true)), 1L));
        check("? as Date", () -> same(count(from + "born = ?", s -> s.setDate(1, Date.valueOf("1969-12-31"))), 1L));
        check("? as Timestamp", () -> same(count(from + "seen = ?", s -> s.setTimestamp(1, Timestamp.valueOf("1970-01-01 00:00:00"))), 1L));
        check("? as Timestamp with a fraction", () -> same(count(from + "seen = ?", s -> s.setTimestamp(1, Timestamp.valueOf("2026-01-02 03:04:05.678"))), 1L));
        check("? as Object", () -> same(count(from + "word = ?", s -> s.setObject(1, "")), 1L));
        check("several ?", () ->
            same(count(from + "number >= ? AND big <= ? AND flag = ?", s -> {
                s.setInt(1, 0);
                s.setLong(2, Long.MAX_VALUE);
                s.setBoolean(3, false);
            }), 1L));
        check("? is a value, not SQL", () -> same(count(from + "word = ?", s -> s.setString(1, "' OR '1' = '1")), 0L));
        check("a prepared statement run twice", () -> {
            try (PreparedStatement statement = connection.prepareStatement(from + "flag = ?")) {
                for (boolean flag : new boolean[] {true, false}) {
                    statement.setBoolean(1, flag);
                    try (ResultSet rows = statement.executeQuery()) {
                        same(rows.next(), true);
                        same(rows.getLong(1), 1L);
                    }
                }
            }
        });
        check("a group by with ?", () -> {
            try (PreparedStatement statement = connection.prepareStatement("SELECT country, SUM(qty) AS q FROM kylin_streaming_table WHERE country = ? AND minute_start < ? GROUP BY country")) {
                statement.setString(1, "CHINA");
                statement.setTimestamp(2, Timestamp.valueOf("2030-01-01 00:00:00"));
                try (ResultSet rows = statement.executeQuery()) {
                    same(rows.next(), true);
                    same(rows.getString(1), "CHINA");
                    same(rows.getLong("q"), ((Number) column("SELECT SUM(qty) FROM kylin_streaming_table WHERE country = 'CHINA'", 1).get(0)).longValue());
                }
            }
        });
    }

    static void fails(String sql, String word) throws SQLException {
        String text;
        try {
            column(sql, 1);
            text = null;
        } catch (SQLException error) {
            text = String.valueOf(error.getMessage()) + " " + error.getCause();
        }
        if (text == null) throw new AssertionError("no error");
        if (!text.contains(word)) throw new AssertionError("the error does not name " + word + ": " + text);
        same(column("SELECT 2", 1), List.of(2L));
    }

    static void errors() {
        check("the error of an unknown column has the server's text", () -> fails("SELECT nonsense FROM kylin_streaming_table", "nonsense"));
        check("the error of an unknown table has the server's text", () -> fails("SELECT * FROM no_such_table", "no_such_table"));
        check("the error of a wrong statement has the server's text", () -> fails("SELEC 1", "SELEC"));
    }

    static void users(String url) {
        check("with users: the right password", () -> {
            connection = connect(url, "ADMIN", "KYLIN");
            same(column("SELECT 1", 1), List.of(1L));
            connection.close();
        });
        for (String[] user : new String[][] {{"ADMIN", "wrong"}, {"NOBODY", "KYLIN"}, {"ADMIN", ""}}) {
            check("with users: " + user[0] + " with the password \"" + user[1] + "\" is refused", () -> {
                try {
                    connect(url, user[0], user[1]).close();
                } catch (SQLException error) {
                    return;
                }
                throw new AssertionError("connected");
            });
        }
    }
}
