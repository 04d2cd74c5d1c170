//! The same answers as polars over the events and DuckDB over the raw messages, whatever the
//! partitions, the order of messages and the order of builds.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use testkit::oracle::{self, Rows};
use testkit::topic::Record;
use testkit::{Event, Topic, World};

/// Questions with one answer each: SQL that Kirin and DuckDB both understand.
const QUESTIONS: &[&str] = &[
    "SELECT count(*), sum(qty), count(qty) FROM orders",
    "SELECT country, count(*), sum(amount), min(amount), max(amount) FROM orders GROUP BY country ORDER BY country NULLS FIRST",
    "SELECT country, device, sum(qty), count(DISTINCT user_id) FROM orders GROUP BY country, device \
     ORDER BY country NULLS FIRST, device NULLS FIRST",
    "SELECT user_age, count(*) FROM orders WHERE device = 'iOS' OR device IS NULL GROUP BY user_age ORDER BY user_age NULLS FIRST",
    "SELECT count(DISTINCT user_id) FROM orders WHERE country IN ('US', 'JAPAN') AND user_age >= 20",
    "SELECT country, count(*) FROM orders GROUP BY country HAVING count(*) > 3 ORDER BY 2 DESC, 1 NULLS FIRST LIMIT 3",
];

/// Events in random order over partitions and minutes: late ones, NULLs, missing fields, keys twice.
fn random_events(seed: u64, partitions: i32, count: usize) -> Vec<Event> {
    let mut random = StdRng::seed_from_u64(seed);
    let countries = ["CHINA", "US", "JAPAN", "INDIA", "a \"quoted\" one", "ü"];
    let devices = ["iOS", "Windows", "Android"];
    let mut events: Vec<Event> = (0..count)
        .map(|i| {
            let mut event = Event::at(i as i32 % partitions, random.random_range(0..90));
            event.time += random.random_range(0..60_000);
            if random.random_bool(0.05) {
                event.time -= 86_400_000; // Late by a day.
            }
            event.country = random.random_bool(0.9).then(|| countries[random.random_range(0..6)].to_owned());
            event.device = random.random_bool(0.9).then(|| devices[random.random_range(0..3)].to_owned());
            event.age = random.random_bool(0.9).then(|| random.random_range(10..30));
            event.user = random.random_bool(0.9).then(|| random.random_range(-50..5000));
            event.amount = random.random_bool(0.9).then(|| random.random_range(0..10_000));
            event.qty = random.random_bool(0.9).then(|| random.random_range(-5..10));
            event.missing = random.random_bool(0.5);
            event.duplicate_keys = random.random_bool(0.1);
            event
        })
        .collect();
    events.shuffle(&mut random);
    events
}

/// Messages that are no rows, by what becomes of them.
fn others(partitions: i32) -> Vec<Record> {
    let value = |text: &str| Some(text.as_bytes().to_vec());
    let bad =
        [value("{"), value("[]"), value("{\"country\":\"US\"}"), value("{\"order_time\":\"soon\"}"), None];
    (0..partitions)
        .flat_map(|partition| bad.iter().map(move |value| (partition, value.clone())))
        .map(|(partition, value)| Record { partition, value, ..Record::default() })
        .collect()
}

async fn answers(world: &World) -> Vec<Rows> {
    let mut answers = vec![];
    for question in QUESTIONS {
        answers.push(world.rows(question).await);
    }
    answers
}

fn by_duckdb(events: &[Event]) -> Option<Vec<Rows>> {
    let values: Vec<Vec<u8>> = events.iter().map(|event| event.json().into_bytes()).collect();
    oracle::duckdb(&values, "orders", &oracle::event_columns(), QUESTIONS)
}

/// Produces in slices, builds after each, and compares with both oracles.
async fn compare(partitions: i32, count: usize, slices: usize) {
    let Some(topic) = Topic::create(partitions, &[]).await else { return };
    let events = random_events(partitions as u64, partitions, count);
    let world = World::with_orders(&topic).await;
    for slice in events.chunks(count.div_ceil(slices)) {
        let mut records: Vec<Record> = slice.iter().map(Event::record).collect();
        let half = records.len() / 2;
        records.splice(half..half, others(partitions.min(4)));
        topic.produce(&records);
        world.build_to_tip().await;
    }
    let found = answers(&world).await;
    if let Some(expected) = by_duckdb(&events) {
        for ((question, found), expected) in QUESTIONS.iter().zip(&found).zip(&expected) {
            assert_eq!(found, expected, "{question}");
        }
    }
    assert_eq!(found[1], oracle::by_country(&events), "polars");
    let totals = world.totals().await;
    let (slices, partitions) = (world.timeline().await.segments.len() as u64, partitions.min(4) as u64);
    assert_eq!(totals.rows, events.len() as u64);
    assert_eq!((totals.filtered, totals.rejected), (slices * partitions, slices * partitions * 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_partition() {
    compare(1, 3000, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_partitions() {
    compare(4, 8000, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_partitions() {
    compare(40, 12_000, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_built_in_parallel_and_finished_out_of_order_add_up() {
    let Some(topic) = Topic::create(4, &[]).await else { return };
    let events = random_events(77, 4, 8000);
    topic.produce(&events.iter().map(Event::record).collect::<Vec<_>>());
    let world = World::with_orders(&topic).await;
    let mut jobs = vec![];
    // Reserved from the tip backwards, all in flight at once.
    for (from, to) in [(1500, 2000), (500, 1500), (100, 500), (0, 100)] {
        let range: Vec<String> = (0..4).map(|partition| format!("{partition}:{from}..{to}")).collect();
        let queued = world.queue(testkit::world::range(&range.join(" "))).await.unwrap();
        jobs.push(queued.job().id);
    }
    for job in jobs {
        let job = world.engine().wait(job).await.unwrap();
        assert_eq!(job.state, cube::job::JobState::Finished, "{:?}", job.error);
    }
    assert!(world.holes().await.is_empty());
    let found = answers(&world).await;
    if let Some(expected) = by_duckdb(&events) {
        assert_eq!(found, expected);
    }
    assert_eq!(found[1], oracle::by_country(&events));
}

#[tokio::test(flavor = "multi_thread")]
async fn builds_to_the_tip_that_are_asked_for_at_once_share_the_backlog_without_overlap() {
    let Some(topic) = Topic::create(2, &[]).await else { return };
    topic.produce(&random_events(5, 2, 1000).iter().map(Event::record).collect::<Vec<_>>());
    let world = World::with_orders(&topic).await;
    let request = ingest::engine::BuildRequest { max_messages: Some(100), ..Default::default() };
    let asked = (0..8).map(|_| world.queue(request.clone()));
    for outcome in futures::future::join_all(asked).await {
        let job = world.engine().wait(outcome.unwrap().job().id).await.unwrap();
        assert_eq!(job.state, cube::job::JobState::Finished, "{:?}", job.error);
    }
    world.build_to_tip().await;
    assert!(world.holes().await.is_empty());
    assert_eq!(world.rows("SELECT count(*) FROM orders").await, [[Some("1000".to_owned())]]);
}
