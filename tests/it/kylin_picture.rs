//! The picture of Kylin's article: segments by offset, overlapping in event time.

use testkit::{Event, Topic, World};

/// An event at 1 o'clock and `minute`.
fn at(minute: i64) -> Event {
    Event::at(0, 60 + minute)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_scans_exactly_the_segments_whose_event_times_touch_its_filter_and_adds_them_up() {
    let Some(topic) = Topic::create(1, &[]).await else { return };
    let spread =
        |from: i64, to: i64, count: i64| (0..count).map(move |i| at(from + i * (to - from) / (count - 1)));
    // Offsets 0 to 99 are before the cube; then 1:04 to 1:11, 1:08 to 1:40, and a later third.
    let events: Vec<Event> = spread(0, 3, 100)
        .chain(spread(4, 11, 300))
        .chain(spread(8, 40, 1600))
        .chain(spread(41, 50, 500))
        .collect();
    topic.produce(&events.iter().map(Event::record).collect::<Vec<_>>());
    let world = World::with_orders(&topic).await;
    world.build_range("0:100..400").await;
    world.build_range("0:400..2000").await;
    world.build_range("0:2000..2500").await;
    let names: Vec<String> = world.timeline().await.segments.iter().map(|segment| segment.name()).collect();
    assert_eq!(names, ["100_400", "400_2000", "2000_2500"]);

    let sql = "SELECT count(*) FROM orders WHERE minute_start = TIMESTAMP '2026-01-01 01:10:00'";
    let answer = world.ask(sql).await.unwrap();
    let expected = events[100..].iter().filter(|event| event.time == at(10).time).count();
    assert!(expected > 50);
    assert_eq!(testkit::oracle::canonical(&answer.batches), [[Some(expected.to_string())]]);
    let report = &answer.report;
    let scan = &report.scans[0];
    let scanned: Vec<&str> = scan.segments.iter().map(|segment| segment.segment.as_str()).collect();
    assert_eq!(scanned, ["100_400", "400_2000"], "{report:?}");
    assert!(report.complete);

    // The same by a range of the event time itself.
    let sql = "SELECT count(*) FROM orders WHERE order_time >= TIMESTAMP '2026-01-01 01:10:00' \
               AND order_time < TIMESTAMP '2026-01-01 01:11:00'";
    assert_eq!(world.rows(sql).await, [[Some(expected.to_string())]]);
    // 1:45 touches only the third; next year touches none.
    let sql = "SELECT count(*) FROM orders WHERE minute_start = TIMESTAMP '2026-01-01 01:45:00'";
    let answer = world.ask(sql).await.unwrap();
    assert_eq!(answer.report.scans[0].segments_scanned, 1);
    let sql = "SELECT count(*) FROM orders WHERE day_start = DATE '2027-01-01'";
    assert_eq!(world.rows(sql).await, [[Some("0".to_owned())]]);
}
