//! Every refusal names the field, the value, and what would be accepted.

use super::accepted::wide;
use super::*;
use crate::ErrorKind;

/// Changes one thing of [`ORDERS`] and expects a refusal that holds all of `words`.
fn check(from: &str, to: &str, words: &[&str]) {
    check_text(&orders_with(from, to), words);
}

fn check_text(text: &str, words: &[&str]) {
    let Err(error) = SpecFile::parse(text) else { panic!("accepted, but should mention {words:?}:\n{text}") };
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let message = error.to_string();
    for word in words {
        assert!(message.contains(word), "{word:?} is missing in: {message}");
    }
}

const DIMENSIONS: &str = "dimensions: [country, city, shop, day_start, hour_start]";
const COUNT: &str = "{ name: orders, function: count }";
const GROUP: &str = "mandatory: [shop]\n      hierarchies: [[country, city]]\n      joints: []";

#[test]
fn text_that_is_no_specification_is_refused() {
    check_text("", &["specification"]);
    check_text("{}", &["neither `model` nor `cube`"]);
    check_text("models: []", &["neither `model` nor `cube`"]);
    check_text("model: [", &["cannot be read"]);
    check_text("\u{0}\u{1}", &["cannot be read"]);
    check_text("just words", &["cannot be read"]);
    check_text("{\"model\": ", &["cannot be read"]);
    check_text(&format!("# {}\n{ORDERS}", "x".repeat(1 << 20)), &["bytes", "at most 1048576"]);
}

#[test]
fn deep_or_expanding_text_is_refused_and_does_not_exhaust_the_memory() {
    check_text(&format!("model: {}", "[".repeat(100_000)), &["cannot be read"]);
    check_text(&"{\"a\":".repeat(100_000), &["cannot be read"]);
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        let before = format!("*a{}", i - 1);
        bomb += &format!("a{i}: &a{i} [{}]\n", vec![before; 10].join(", "));
    }
    check_text(&bomb, &["cannot be read"]);
}

#[test]
fn an_unknown_key_is_named_together_with_the_known_ones() {
    check("cube:\n", "cub:\n", &["cub", "cubes"]);
    check("    topic: orders_topic", "    topics: orders_topic", &["topics", "topic"]);
    check("column: placed, format", "columm: placed, format", &["columm", "column"]);
    check("function: sum, column: price", "function: sum, colum: price", &["colum", "column"]);
    check("joints: []", "joint: []", &["joint", "joints"]);
    check("start: earliest", "starts: earliest", &["starts", "start"]);
    check("compression: zstd", "compresion: zstd", &["compresion", "compression"]);
    check("max_messages: 100", "max_message: 100", &["max_message", "max_messages"]);
    check("type: integer }", "type: integer, nullable: true }", &["nullable", "path"]);
    check("  dimensions:", "  description: x\n  dimensions:", &["description", "dimensions"]);
}

#[test]
fn a_missing_field_is_named() {
    check("    topic: orders_topic\n", "", &["topic"]);
    check("  name: orders_cube\n", "", &["name"]);
    check(&format!("  {DIMENSIONS}\n"), "", &["dimensions"]);
    check(
        "includes: [country, city, shop, day_start, hour_start]\n      mandatory",
        "mandatory",
        &["includes"],
    );
    check("{ max_percent: 1, max_messages: 100 }", "{ max_percent: 1 }", &["max_messages"]);
}

#[test]
fn a_value_of_the_wrong_type_is_refused() {
    check(DIMENSIONS, "dimensions: country", &["cannot be read"]);
    check(DIMENSIONS, "dimensions: { country: 1 }", &["cannot be read"]);
    check("max_percent: 1,", "max_percent: many,", &["cannot be read", "many"]);
    check("max_messages: 100", "max_messages: -1", &["cannot be read"]);
    check("start: earliest", "max_messages_per_segment: 1.5", &["cannot be read"]);
    check(COUNT, "count", &["cannot be read"]);
    check("path: user.id", "path: { user: id }", &["path", "user.id"]);
    check("start: earliest", "start: {}", &["start", "earliest", "latest", "offsets", "timestamp"]);
    check(
        "start: earliest",
        "start: { offset: { 0: 1 } }",
        &["start", "earliest", "latest", "offsets", "timestamp"],
    );
    check("start: earliest", "start: { offsets: { zero: 1 } }", &["start", "offsets"]);
    check("start: earliest", "start: { timestamp: [] }", &["start", "timestamp"]);
    check("format: epoch_ms", "format: { patern: \"%Y\" }", &["format", "epoch_ms", "pattern"]);
    check("column: user_id", "column: city, lg_k: 300", &["cannot be read"]);
}

#[test]
fn names_that_could_not_stand_in_paths_and_sql_are_refused() {
    check("  name: orders\n", "  name: 1st\n", &["model.name", "\"1st\"", "letters"]);
    check("  name: orders\n", "  name: ../x\n", &["model.name", "\"../x\"", "letters"]);
    check("  name: orders_cube", "  name: \"orders cube\"", &["cube.name", "\"orders cube\"", "underscores"]);
    check("  name: orders_cube", "  name: \"\"", &["cube.name", "\"\"", "1 to 128"]);
    check("  name: orders_cube", &format!("  name: {}", "x".repeat(129)), &["cube.name", "1 to 128"]);
    check("name: orders_table", "name: \"a.b\"", &["table.name", "\"a.b\"", "letters"]);
    check("name: weight", "name: größe", &["table.columns", "größe", "letters"]);
    check("name: revenue", "name: \"sum(price)\"", &["measures", "sum(price)", "letters"]);
}

#[test]
fn a_wrong_topic_broker_or_format_is_refused() {
    check("topic: orders_topic", "topic: \"\"", &["table.topic", "\"\"", "1 to 249"]);
    check("topic: orders_topic", &format!("topic: {}", "t".repeat(250)), &["table.topic", "1 to 249"]);
    for brokers in
        ["", "kafka", "kafka:", ":9092", "kafka:0", "kafka:65536", "kafka:x", "a:1,,b:2", "a:1,", "a:-1"]
    {
        check(
            "\"kafka-1:9092, kafka-2:9092\"",
            &format!("{brokers:?}"),
            &["table.brokers", brokers, "HOST:PORT"],
        );
    }
    check("format: json", "format: avro", &["table.format", "\"avro\"", "json"]);
}

#[test]
fn secrets_do_not_stand_in_specifications() {
    for name in ["sasl.password", "ssl.key.password"] {
        check(
            "client.id: kirin",
            &format!("{name}: hunter2"),
            &[name, "secret", "${env:NAME}", "${file:PATH}"],
        );
        let error =
            SpecFile::parse(&orders_with("client.id: kirin", &format!("{name}: hunter2"))).unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn client_properties_that_kirin_owns_or_that_run_code_are_refused_by_name() {
    let forbidden = [
        "group.id",
        "auto.offset.reset",
        "isolation.level",
        "enable.auto.commit",
        "plugin.library.paths",
        "sasl.kerberos.kinit.cmd",
        "ssl.engine.location",
        "ssl.ca.pem",
        "bootstrap.servers",
        "no.such.property",
        "Client.Id",
        "",
    ];
    for name in forbidden {
        check(
            "client.id: kirin",
            &format!("{name:?}: x"),
            &["table.properties", name, "accepted are", "client.id"],
        );
    }
}

#[test]
fn wrong_columns_are_refused() {
    check(
        "{ name: shop, type: integer }",
        "{ name: shop, type: int8 }",
        &["table.columns", "shop", "\"int8\"", "bigint"],
    );
    check("{ name: shop,", "{ name: COUNTRY,", &["table.columns", "country", "twice"]);
    check("{ name: shop,", "{ name: Hour_Start,", &["table.columns", "hour_start", "event-time level"]);
    for path in ["user", "user.id.x", "placed.x"] {
        let wanted = if path == "placed.x" { "Placed.x" } else { path };
        check(
            "{ name: shop, type: integer }",
            &format!("{{ name: shop, type: integer, path: {wanted} }}"),
            &["table.columns", "shop", "both a value and an object"],
        );
    }
    check(
        "{ name: shop, type: integer }",
        "{ name: shop, type: integer, path: country }",
        &["shop", "country", "two columns"],
    );
    for path in ["\"\"", "a..b", ".a", "a.", "[]", "[\"\"]"] {
        check(
            "path: user.id",
            &format!("path: {path}"),
            &["table.columns", "user_id", "path", "1 to 32 keys"],
        );
    }
    let deep = vec!["a"; 33].join(".");
    check("path: user.id", &format!("path: {deep}"), &["user_id", "1 to 32 keys"]);
    let all = &ORDERS[ORDERS.find("      - { name: Placed").unwrap()..ORDERS.find("    event_time").unwrap()];
    check_text(
        &ORDERS.replace(&format!("    columns:\n{all}"), "    columns: []\n"),
        &["table.columns", "0 columns", "1 to 1000"],
    );
    let many: String = (0..1001).map(|i| format!("      - {{ name: c{i}, type: date }}\n")).collect();
    check_text(&ORDERS.replace(all, &many), &["table.columns", "1001", "1 to 1000"]);
}

#[test]
fn a_wrong_event_time_is_refused() {
    check("column: placed", "column: plced", &["event_time.column", "\"plced\"", "placed"]);
    check("column: placed", "column: shop", &["event_time.column", "\"shop\"", "timestamp", "placed"]);
    check(
        "name: Placed, type: timestamp",
        "name: Placed, type: date",
        &["event_time.column", "\"placed\"", "none"],
    );
    check(
        "format: epoch_ms",
        "format: millis",
        &["event_time.format", "\"millis\"", "epoch_ms", "rfc3339", "pattern"],
    );
    check(
        "format: epoch_ms",
        "format: { pattern: \"%Q\" }",
        &["event_time.format.pattern", "%Q", "strftime"],
    );
    check(
        "format: epoch_ms",
        "format: { pattern: \"\" }",
        &["event_time.format.pattern", "\"\"", "strftime"],
    );
    check(
        "format: epoch_ms",
        "format: { pattern: \"%Y\", zone: Berlin }",
        &["event_time.format.zone", "\"Berlin\"", "Europe/Berlin"],
    );
}

#[test]
fn wrong_dimensions_are_refused() {
    check(DIMENSIONS, "dimensions: [country, town]", &["dimensions", "\"town\"", "city", "hour_start"]);
    check(DIMENSIONS, "dimensions: [country, weight]", &["dimensions", "weight", "double", "decimal"]);
    check(
        DIMENSIONS,
        "dimensions: [country, placed]",
        &["dimensions", "placed", "event time", "minute_start"],
    );
    check(DIMENSIONS, "dimensions: [country, Country]", &["dimensions", "Country", "twice"]);
    check(DIMENSIONS, "dimensions: [day_start, DAY_START]", &["dimensions", "DAY_START", "twice"]);
    check(
        DIMENSIONS,
        "dimensions: [country, week_start, month_start]",
        &["dimensions", "week_start", "month_start", "day_start"],
    );
    check(
        DIMENSIONS,
        "dimensions: [week_start, year_start]",
        &["dimensions", "none refines all others", "day_start"],
    );
    let names: Vec<String> = (0..64).map(|i| format!("d{i}")).collect();
    check_text(&wide(&names), &["dimensions", "64", "at most 63"]);
}

#[test]
fn a_dimension_cannot_have_the_name_of_the_column_that_tells_cuboids_apart() {
    let text = orders_with("{ name: shop,", "{ name: cuboid_id,").replace("shop", "cuboid_id");
    check_text(&text, &["dimensions", "cuboid_id"]);
}

#[test]
fn wrong_measures_are_refused() {
    let with = |measure: &str, words: &[&str]| check(COUNT, measure, words);
    with("{ name: m, function: median, column: shop }", &["measures", "m", "\"median\"", "count_distinct"]);
    with("{ name: m, function: sum, column: prize }", &["measures", "m", "\"prize\"", "price"]);
    with("{ name: m, function: sum, column: country }", &["measures", "m", "sum", "varchar", "numeric"]);
    with("{ name: m, function: avg }", &["measures", "m", "avg", "no column", "numeric"]);
    with("{ name: m, function: max }", &["measures", "m", "max", "no column", "a column"]);
    with(
        "{ name: m, function: count_distinct, column: city }",
        &["measures", "m", "varchar", "bigint", "approx_count_distinct"],
    );
    with(
        "{ name: m, function: count_distinct, column: price }",
        &["measures", "m", "decimal(19,4)", "bigint"],
    );
    with("{ name: m, function: approx_count_distinct }", &["measures", "m", "no column", "4 to 21"]);
    with(
        "{ name: m, function: approx_count_distinct, column: city, lg_k: 3 }",
        &["measures", "m", "4 to 21"],
    );
    with(
        "{ name: m, function: approx_count_distinct, column: city, lg_k: 22 }",
        &["measures", "m", "4 to 21"],
    );
    with(
        "{ name: m, function: sum, column: shop, lg_k: 12 }",
        &["measures", "m", "lg_k", "approx_count_distinct"],
    );
}

#[test]
fn two_stored_columns_of_one_name_are_refused() {
    let with = |measure: &str, column: &str| check(COUNT, measure, &["measures", column, "otherwise"]);
    with("{ name: REVENUE, function: count }", "revenue");
    with("{ name: country, function: count }", "country");
    with("{ name: week_start, function: count }", "week_start");
    with("{ name: cuboid_id, function: count }", "cuboid_id");
    with(
        "{ name: revenue, function: avg, column: price }\n    - { name: revenue__sum, function: count }",
        "revenue",
    );
    with("{ name: a, function: avg, column: price }\n    - { name: a__n, function: count }", "a__n");
    with("{ name: row_count, function: sum, column: shop }", "row_count");
}

#[test]
fn wrong_aggregation_groups_are_refused() {
    let with = |rules: &str, words: &[&str]| check(GROUP, rules, words);
    with("mandatory: [shopp]", &["aggregation_groups[0].mandatory", "\"shopp\"", "shop"]);
    with("hierarchies: [[country, town]]", &["aggregation_groups[0].hierarchies", "\"town\"", "city"]);
    with("joints: [[country, town]]", &["aggregation_groups[0].joints", "\"town\"", "city"]);
    with(
        "mandatory: [city]\n      hierarchies: [[country, city]]",
        &["aggregation_groups[0].hierarchies", "city", "two rules"],
    );
    with(
        "mandatory: [city]\n      joints: [[country, city]]",
        &["aggregation_groups[0].joints", "city", "two rules"],
    );
    with(
        "hierarchies: [[country, city]]\n      joints: [[city, shop]]",
        &["aggregation_groups[0].joints", "city", "two rules"],
    );
    with("joints: [[country, city], [city, shop]]", &["aggregation_groups[0].joints", "city", "two rules"]);
    with(
        "hierarchies: [[country, day_start]]",
        &["aggregation_groups[0].hierarchies", "country, day_start", "leave them out"],
    );
    with("joints: [[country, day_start]]", &["aggregation_groups[0].joints", "day_start", "mandatory"]);
    check(
        "includes: [country, city, shop, day_start, hour_start]",
        "includes: [country, day_start, hour_start]",
        &["aggregation_groups[0]", "city, shop", "not in `includes`"],
    );
    check(
        "includes: [country, city, shop, day_start, hour_start]",
        "includes: [country, city, shop, minute_start]",
        &["aggregation_groups[0].includes", "\"minute_start\"", "hour_start"],
    );
    check(
        GROUP,
        "mandatory: []\n    - includes: [country]\n      mandatory: [city]",
        &["aggregation_groups[1]", "city", "not in `includes`"],
    );
}

#[test]
fn a_lattice_that_is_too_large_is_refused_with_its_size() {
    let names: Vec<String> = (0..15).map(|i| format!("d{i}")).collect();
    let free = |n: usize| {
        let text = wide(&names[..n]);
        text[..text.find("  aggregation_groups:").unwrap()].to_owned()
    };
    SpecFile::parse(&free(14)).unwrap();
    check_text(&free(15), &["aggregation_groups[0]", "32768 cuboids", "16384", "mandatory"]);
    let names: Vec<String> = (0..63).map(|i| format!("d{i}")).collect();
    let text = wide(&names);
    check_text(
        &text[..text.find("  aggregation_groups:").unwrap()],
        &["9223372036854775808 cuboids", "16384"],
    );

    // Two groups, each small enough, of different dimensions.
    let text = wide(&names[..28]);
    let group = |names: &[String]| format!("    - {{ includes: [{}] }}\n", names.join(", "));
    let head = &text[..text.find("  aggregation_groups:").unwrap()];
    let both = format!("{head}  aggregation_groups:\n{}{}", group(&names[..14]), group(&names[14..28]));
    check_text(&both, &["together", "32768 cuboids", "16384"]);
}

#[test]
fn wrong_build_settings_are_refused() {
    let with = |setting: &str, words: &[&str]| check("start: earliest", setting, words);
    with("start: first", &["build.start", "\"first\"", "earliest", "latest", "offsets", "timestamp"]);
    with("start: { offsets: { 0: -5 } }", &["build.start.offsets", "partition 0", "-5", "negative"]);
    with("start: { offsets: { -1: 5 } }", &["build.start.offsets", "partition -1", "negative"]);
    with("start: { timestamp: yesterday }", &["build.start.timestamp", "\"yesterday\"", "RFC 3339"]);
    with("start: { timestamp: \"2026-01-01\" }", &["build.start.timestamp", "\"2026-01-01\"", "RFC 3339"]);
    with("max_messages_per_segment: 0", &["build.max_messages_per_segment", "0", "1 or more"]);
    with("max_building_segments: 0", &["build.max_building_segments", "0", "1 to 1000"]);
    with("max_building_segments: 1001", &["build.max_building_segments", "1001", "1 to 1000"]);
    for percent in ["-0.1", "100.5", ".nan", ".inf"] {
        check(
            "max_percent: 1,",
            &format!("max_percent: {percent},"),
            &["build.rejected.max_percent", "0 to 100"],
        );
    }
}

#[test]
fn a_wrong_compression_is_refused() {
    for compression in ["snappy", "zstd:0", "zstd:23", "zstd:", "zstd:fast", "none:1", "lz4:3", "ZSTD", ""] {
        let words = ["storage.compression", compression, "none, lz4, zstd"];
        check("compression: zstd", &format!("compression: {compression:?}"), &words);
    }
}

#[test]
fn the_cube_of_another_model_is_refused() {
    check("  model: orders\n", "  model: order\n", &["cube.model", "order", "define it first"]);
    check("  model: orders\n", "  model: \"a b\"\n", &["model", "\"a b\"", "letters"]);
}
