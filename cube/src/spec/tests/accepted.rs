use std::collections::BTreeMap;

use arrow::datatypes::DataType;

use super::*;
use crate::lattice::Lattice;
use crate::measure::{Function, Input};
use crate::time::TimeLevel;

/// Writes both specifications as JSON, reads them back, and expects the same.
fn check_round_trip(text: &str) {
    let (model, cube) = parse_one(text);
    let model_json = model.to_json();
    let models = SpecFile::parse(&model_json).unwrap_or_else(|error| panic!("{error}: {model_json}")).models;
    assert_eq!(models, std::slice::from_ref(&model));
    let cube_json = cube.to_json(&model);
    let again = SpecFile::parse_with(&cube_json, |name| (*name == model.name).then(|| model.clone()));
    let cubes = again.unwrap_or_else(|error| panic!("{error}: {cube_json}")).cubes;
    assert_eq!(cubes, std::slice::from_ref(&cube), "{cube_json}");
    assert_eq!(cubes[0].to_json(&model), cube_json);
}

#[test]
fn the_flights_sample_means_what_its_comments_say() {
    let (model, cube) = parse_one(FLIGHTS);
    assert_eq!(
        (model.table.as_str(), model.topic.as_str(), model.brokers.as_str()),
        ("flights", "flights", "127.0.0.1:9092")
    );
    assert_eq!(model.columns.len(), 15);
    assert_eq!(model.event_time, EventTime { column: 0, format: EventTimeFormat::EpochMillis });
    assert_eq!(
        cube.names(cube.full_mask()),
        ["carrier", "origin", "dest", "cancelled", "hour_start", "day_start", "month_start"]
    );
    assert_eq!(cube.measures.len(), 17);
    assert_eq!((cube.measures[0].name.as_str(), cube.measures[0].input), ("flights", None));
    let aircraft = cube.measures.iter().find(|measure| measure.name == "aircraft").unwrap();
    assert_eq!(aircraft.function, Function::ApproxCountDistinct { lg_k: 12 });
    assert_eq!(aircraft.input, Some(Input { column: 3, column_type: ColumnType::Varchar }));
    assert_eq!(cube.build.max_messages_per_segment, Some(1_000_000));
    assert_eq!(cube.build.start, FirstStart::Earliest);
    assert_eq!(cube.compression, Compression::Zstd(1));
    // 32 of the first group, 12 of the second, and the base.
    assert_eq!(Lattice::new(&cube).unwrap().len(), 32 + 12 + 1);
}

#[test]
fn the_sample_stream_has_kylins_table_dimensions_and_measures() {
    let (model, cube) = parse_one(SAMPLE_STREAM);
    assert_eq!(model.column("USER_AGE").unwrap().1.path, ["user", "age"]);
    assert_eq!(
        model.column("amount").unwrap().1.column_type,
        ColumnType::Decimal { precision: 19, scale: 4 }
    );
    assert_eq!(cube.dimensions.len(), 9);
    assert_eq!(
        cube.measures.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(),
        ["orders", "amount_sum", "qty_sum"]
    );
    assert_eq!(cube.finest_level(), Some(TimeLevel::Minute));
    // A hierarchy of levels says what holds anyway.
    assert!(cube.aggregation_groups[0].hierarchies.is_empty());
}

#[test]
fn every_sample_survives_being_written_and_read_again() {
    [FLIGHTS, SAMPLE_STREAM, ORDERS].into_iter().for_each(check_round_trip);
}

#[test]
fn every_variant_of_a_field_survives_being_written_and_read_again() {
    let variants = [
        ("start: earliest", "start: latest"),
        ("start: earliest", "start: { offsets: { 0: 100, 12: 9007199254740993 } }"),
        ("start: earliest", "start: { offsets: { \"0\": 100 } }"),
        ("start: earliest", "start: { offsets: {} }"),
        ("start: earliest", "start: { timestamp: 2026-01-01T00:00:00.250Z }"),
        ("start: earliest", "start: { timestamp: 1767225600250 }"),
        ("start: earliest", "start: { timestamp: -1 }"),
        ("start: earliest", "max_building_segments: 3\n    max_messages_per_segment: 18446744073709551615"),
        (
            "rejected: { max_percent: 1, max_messages: 100 }",
            "rejected: { max_percent: 0.125, max_messages: 0 }",
        ),
        ("compression: zstd", "compression: zstd:22"),
        ("compression: zstd", "compression: lz4"),
        ("compression: zstd", "compression: none"),
        ("format: epoch_ms", "format: epoch_s"),
        ("format: epoch_ms", "format: epoch_us"),
        ("format: epoch_ms", "format: rfc3339"),
        ("format: epoch_ms", "format: { pattern: \"%d.%m.%Y %H:%M\", zone: Europe/Berlin }"),
        ("format: epoch_ms", "format: { pattern: \"%Y-%m-%dT%H:%M:%S%z\" }"),
        (
            "properties: { client.id: kirin }",
            "properties: { sasl.password: \"${env:PASSWORD}\", ssl.key.password: \"${file:/run/secret}\" }",
        ),
        ("path: user.id", "path: [\"user.name\", \"id\", \"ä \\\" \"]"),
        (
            "{ name: users, function: count_distinct, column: user_id }",
            "{ name: users, function: approx_count_distinct, column: city, lg_k: 4 }",
        ),
        ("{ name: orders, function: count }", "{ name: shops, function: count, column: shop }"),
        ("{ name: orders, function: count }", "{ name: heavy, function: max, column: weight }"),
        ("hierarchies: [[country, city]]", "joints: [[country, city]]\n      hierarchies: []"),
        ("mandatory: [shop]", "mandatory: [shop, hour_start]"),
        (
            "dimensions: [country, city, shop, day_start, hour_start]",
            "dimensions: [HOUR_START, City, country, shop, Day_Start]",
        ),
    ];
    for (from, to) in variants {
        let text = orders_with(from, to);
        // `joints` may stand once only.
        let text = if to.starts_with("joints") { text.replacen("      joints: []\n", "", 1) } else { text };
        check_round_trip(&text);
    }
}

#[test]
fn a_start_is_read_as_what_it_says() {
    let start = |text: &str| parse_one(&orders_with("start: earliest", text)).1.build.start;
    assert_eq!(start("start: latest"), FirstStart::Latest);
    assert_eq!(
        start("start: { offsets: { 0: 100, 3: 7 } }"),
        FirstStart::Offsets(BTreeMap::from([(0, 100), (3, 7)]))
    );
    assert_eq!(
        start("start: { timestamp: 2026-01-01T01:00:00+01:00 }"),
        FirstStart::Timestamp(1_767_225_600_000)
    );
    assert_eq!(
        start("start: { timestamp: \"2026-01-01T00:00:00Z\" }"),
        FirstStart::Timestamp(1_767_225_600_000)
    );
    assert_eq!(start("start: { timestamp: 1767225600000 }"), FirstStart::Timestamp(1_767_225_600_000));
    assert_eq!(start("max_building_segments: 10"), FirstStart::Earliest);
}

#[test]
fn json_is_read_as_the_yaml_that_it_is() {
    let (model, cube) = parse_one(ORDERS);
    let model_json: serde_json::Value = serde_json::from_str(&model.to_json()).unwrap();
    let cube_json: serde_json::Value = serde_json::from_str(&cube.to_json(&model)).unwrap();
    let one = serde_json::json!({ "model": model_json["model"], "cube": cube_json["cube"] });
    let many = serde_json::json!({ "models": [model_json["model"]], "cubes": [cube_json["cube"]] });
    for text in [one.to_string(), serde_json::to_string_pretty(&one).unwrap(), many.to_string()] {
        assert_eq!(parse_one(&text), (model.clone(), cube.clone()), "{text}");
    }
}

#[test]
fn a_cube_may_stand_apart_from_its_model() {
    let (model, cube) = parse_one(ORDERS);
    let (model_text, cube_text) = ORDERS.split_at(ORDERS.find("cube:").unwrap());
    assert_eq!(SpecFile::parse(model_text).unwrap().models, std::slice::from_ref(&model));
    let file =
        SpecFile::parse_with(cube_text, |name| (name.as_str() == "orders").then(|| model.clone())).unwrap();
    assert_eq!((file.models.len(), file.cubes), (0, vec![cube]));
    let error = SpecFile::parse(cube_text).unwrap_err().to_string();
    assert!(error.contains("cube.model") && error.contains("orders"), "{error}");
}

#[test]
fn what_is_left_out_has_a_stated_default() {
    let text =
        ORDERS.split_at(ORDERS.find("  aggregation_groups:").unwrap()).0.replace("    format: json\n", "");
    let (model, cube) = parse_one(&text);
    assert_eq!(model.format, MessageFormat::Json);
    let all = AggregationGroup { includes: 0b11111, mandatory: 0, hierarchies: vec![], joints: vec![] };
    assert_eq!(cube.aggregation_groups, [all]);
    let build = BuildSpec {
        start: FirstStart::Earliest,
        max_messages_per_segment: None,
        rejected: RejectedLimit { max_percent: 1.0, max_messages: 100 },
        max_building_segments: None,
    };
    assert_eq!(cube.build, build);
    assert_eq!(cube.compression, Compression::Zstd(1));
}

#[test]
fn the_count_of_rows_comes_first_and_is_added_where_it_is_missing() {
    let (_, cube) = parse_one(ORDERS);
    assert_eq!(
        cube.measures.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(),
        ["orders", "revenue", "users"]
    );
    let (_, cube) = parse_one(&orders_with("    - { name: orders, function: count }\n", ""));
    assert_eq!(
        cube.measures.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(),
        ["row_count", "revenue", "users"]
    );
    assert_eq!((cube.measures[0].function, cube.measures[0].input), (Function::Count, None));
}

#[test]
fn names_are_lower_case_and_found_without_regard_to_case() {
    let (model, cube) =
        parse_one(&orders_with("dimensions: [country, city, shop", "dimensions: [COUNTRY, city, Shop"));
    assert_eq!(model.columns[0].name, "placed");
    assert_eq!(model.columns[0].path, ["Placed"], "messages have regard to case");
    assert_eq!(model.column("PLACED").unwrap().0, 0);
    assert_eq!(cube.dimension("Country"), Some(0));
    assert_eq!(cube.names(0b111), ["country", "city", "shop"]);
}

#[test]
fn a_cube_may_have_no_dimensions_at_all() {
    let text = ORDERS.split_at(ORDERS.find("  aggregation_groups:").unwrap()).0;
    let text = text.replace("dimensions: [country, city, shop, day_start, hour_start]", "dimensions: []");
    let (_, cube) = parse_one(&text);
    assert_eq!(cube.full_mask(), 0);
    assert_eq!(Lattice::new(&cube).unwrap().len(), 1);
}

#[test]
fn sixty_three_dimensions_fit() {
    let names: Vec<String> = (0..63).map(|i| format!("d{i}")).collect();
    let (_, cube) = parse_one(&wide(&names));
    assert_eq!(cube.full_mask(), i64::MAX as u64);
    assert_eq!(Lattice::new(&cube).unwrap().base().mask(), i64::MAX as u64);
}

/// [`ORDERS`] with more columns, all of them in one mandatory group.
pub(super) fn wide(names: &[String]) -> String {
    let columns: String =
        names.iter().map(|name| format!("      - {{ name: {name}, type: varchar }}\n")).collect();
    let list = names.join(", ");
    let head = ORDERS.split_at(ORDERS.find("  aggregation_groups:").unwrap()).0;
    head.replace("    event_time:", &format!("{columns}    event_time:"))
        .replace("dimensions: [country, city, shop, day_start, hour_start]", &format!("dimensions: [{list}]"))
        + &format!("  aggregation_groups:\n    - {{ includes: [{list}], mandatory: [{list}] }}\n")
}

#[test]
fn types_have_their_sql_names() {
    let cases = [
        ("boolean", ColumnType::Boolean),
        ("BOOLEAN", ColumnType::Boolean),
        ("int", ColumnType::Integer),
        ("tinyint", ColumnType::Integer),
        ("smallint", ColumnType::Integer),
        ("long", ColumnType::BigInt),
        ("real", ColumnType::Float),
        ("double", ColumnType::Double),
        ("decimal", ColumnType::Decimal { precision: 19, scale: 4 }),
        ("numeric(5)", ColumnType::Decimal { precision: 5, scale: 0 }),
        ("decimal( 38 , 38 )", ColumnType::Decimal { precision: 38, scale: 38 }),
        ("varchar(256)", ColumnType::Varchar),
        ("string", ColumnType::Varchar),
        ("date", ColumnType::Date),
        ("datetime", ColumnType::Timestamp),
    ];
    for (text, expected) in cases {
        let parsed: ColumnType = text.parse().unwrap();
        assert_eq!(parsed, expected, "{text}");
        assert_eq!(parsed.to_string().parse::<ColumnType>().unwrap(), expected, "{text}");
    }
    for wrong in [
        "",
        "varchar(",
        "decimal(0)",
        "decimal(39)",
        "decimal(4,5)",
        "decimal(-1)",
        "int(4)",
        "text[]",
        "date)",
    ] {
        let error = wrong.parse::<ColumnType>().unwrap_err().to_string();
        assert!(error.contains(wrong) && error.contains("bigint"), "{error}");
    }
}

#[test]
fn sql_sees_the_columns_and_every_level() {
    let (model, _) = parse_one(ORDERS);
    let schema = model.table_schema();
    assert_eq!(schema.fields().len(), 7 + 8);
    assert_eq!(schema.field_with_name("price").unwrap().data_type(), &DataType::Decimal128(19, 4));
    assert_eq!(schema.field_with_name("week_start").unwrap().data_type(), &DataType::Date32);
    assert_eq!(model.schema().fields().len(), 7);
}

#[test]
fn a_build_fails_only_beyond_both_limits_of_rejected_messages() {
    let limit = RejectedLimit { max_percent: 1.0, max_messages: 100 };
    assert!(!limit.is_exceeded(100, 100), "100 messages are always allowed");
    assert!(!limit.is_exceeded(101, 10_100), "1 percent is always allowed");
    assert!(limit.is_exceeded(102, 10_100));
    assert!(RejectedLimit { max_percent: 0.0, max_messages: 0 }.is_exceeded(1, 1_000_000));
    assert!(!RejectedLimit { max_percent: 0.0, max_messages: 0 }.is_exceeded(0, 0));
}

#[test]
fn a_secret_is_read_where_it_is_kept_and_never_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "s3cret\r\n").unwrap();
    let reference = format!("${{file:{}}}", path.display());
    let text = orders_with("{ client.id: kirin }", &format!("{{ sasl.password: {reference:?} }}"));
    let (model, _) = parse_one(&text);
    let (name, property) = model.properties.iter().next().unwrap();
    assert_eq!(property.resolve(name).unwrap(), "s3cret");
    assert!(!format!("{model:?}{}", model.to_json()).contains("s3cret"));

    std::fs::remove_file(&path).unwrap();
    let error = property.resolve(name).unwrap_err().to_string();
    assert!(error.contains("sasl.password") && error.contains("secret"), "{error}");
    let (model, _) =
        parse_one(&orders_with("client.id: kirin", "sasl.password: \"${env:KIRIN_TEST_NO_SUCH_VARIABLE}\""));
    let (name, property) = model.properties.iter().next().unwrap();
    let error = property.resolve(name).unwrap_err().to_string();
    assert!(error.contains("KIRIN_TEST_NO_SUCH_VARIABLE") && error.contains("not set"), "{error}");
}
