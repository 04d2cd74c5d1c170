use serde_json::Value;

use super::*;

fn stream(late_percent: f64, faults: bool) -> FlightStream {
    let options = StreamOptions { partitions: 4, late_percent, faults };
    FlightStream::new(Flights::embedded().unwrap(), options).unwrap()
}

type Owned = (i32, Option<String>, Option<Vec<u8>>, Kind);

fn delivery(stream: &mut FlightStream) -> (Option<Month>, Vec<Owned>) {
    let mut messages = vec![];
    let month = stream.deliver(|message| {
        let key = message.key.map(|key| String::from_utf8_lossy(key).into_owned());
        messages.push((message.partition, key, message.value.map(<[u8]>::to_vec), message.kind));
        Ok(())
    });
    (month.unwrap(), messages)
}

#[test]
fn the_first_flight_is_the_message_that_the_readme_shows() {
    let (_, messages) = delivery(&mut stream(0.0, false));
    let text = String::from_utf8(messages[0].2.clone().unwrap()).unwrap();
    let readme = include_str!("../../../../samples/flights/README.md");
    assert!(readme.contains(&text), "{text}");
}

#[test]
fn every_message_is_json_with_all_fifteen_fields() {
    let (month, messages) = delivery(&mut stream(0.0, false));
    let month = month.unwrap();
    assert_eq!(messages.len(), month.len());
    for (row, (_, key, value, _)) in messages.iter().enumerate().step_by(97) {
        let value: Value = serde_json::from_slice(value.as_ref().unwrap()).unwrap();
        assert_eq!(value.as_object().unwrap().len(), 15);
        assert_eq!(value["cancelled"], Value::Bool(month.is_cancelled(row)));
        assert_eq!(value["dep_time"].is_null(), month.is_cancelled(row));
        assert_eq!(value["tailnum"].as_str(), key.as_deref());
        assert_eq!(value["distance"], i64::from(month.distance.value(row)));
    }
}

#[test]
fn late_flights_arrive_with_the_next_month_and_none_is_lost() {
    let mut stream = stream(2.0, true);
    let (mut rows, mut late, mut malformed, mut tombstones) = (0, 0, 0, 0);
    let mut last_month = 0;
    for number in 0..stream.deliveries() {
        let (month, messages) = delivery(&mut stream);
        assert_eq!(month.is_some(), number < 12);
        let late_now = messages.iter().filter(|(.., kind)| *kind == Kind::Late).count();
        assert!(
            (late_now as f64 - f64::from(last_month) * 0.02).abs() < 30.0,
            "{late_now} late of {last_month}"
        );
        last_month = month.map_or(0, |month| month.len() as u32);
        late += late_now;
        rows += messages.iter().filter(|(.., kind)| kind.is_row()).count();
        malformed += messages.iter().filter(|(.., kind)| matches!(kind, Kind::Malformed(_))).count();
        tombstones += messages.iter().filter(|(_, _, value, _)| value.is_none()).count();
    }
    assert_eq!(rows, 336_776);
    assert_eq!((malformed, tombstones), (12, 12));
    assert!((late as f64 / 336_776.0 - 0.02).abs() < 0.001, "{late} late");
    assert!(delivery(&mut stream).1.is_empty());
}

#[test]
fn messages_go_round_the_partitions_over_all_deliveries() {
    let mut stream = stream(2.0, true);
    let partitions: Vec<i32> =
        (0..2).flat_map(|_| delivery(&mut stream).1).map(|(partition, ..)| partition).collect();
    assert!(partitions.iter().enumerate().all(|(i, partition)| *partition == i as i32 % 4));
}

#[test]
fn a_share_that_is_no_percentage_is_refused() {
    let options = StreamOptions { partitions: 4, late_percent: 101.0, faults: false };
    let refusal = FlightStream::new(Flights::embedded().unwrap(), options).unwrap_err();
    assert!(refusal.to_string().contains("use 0 to 100"));
}
