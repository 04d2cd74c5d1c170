use cube::spec::SpecFile;

use super::*;
use crate::prune::prune;
use crate::tests::{MODEL, ready_segment, segment, timeline};

/// Bits: carrier 0, dest 1, hour_start 2, day_start 3, week_start 4.
fn spec() -> CubeSpec {
    let text = format!(
        "{MODEL}
cube:
  name: c
  model: flights
  dimensions: [carrier, dest, hour_start, day_start, week_start]
  measures: []
"
    );
    SpecFile::parse(&text).unwrap().cubes.remove(0)
}

fn wanted(plain: u64, levels: &[TimeLevel]) -> Wanted {
    Wanted { plain, levels: levels.iter().copied().collect() }
}

#[test]
fn a_cuboid_answers_its_dimensions_and_every_level_that_follows_from_its_finest() {
    let spec = spec();
    let answers = |cuboid, plain, levels: &[TimeLevel]| {
        wanted(plain, levels).is_answered_by(&spec, CuboidId::new(cuboid))
    };
    assert!(answers(0b11011, 0b11, &[TimeLevel::Day, TimeLevel::Month, TimeLevel::Week]));
    assert!(!answers(0b11011, 0b1, &[TimeLevel::Hour]));
    assert!(!answers(0b10001, 0b1, &[TimeLevel::Month]), "months do not follow from weeks");
    assert!(answers(0b10001, 0b1, &[TimeLevel::Week]));
    assert!(!answers(0b00001, 0, &[TimeLevel::Year]), "no level at all");
    assert!(answers(0b00001, 0, &[]));
}

#[test]
fn the_cheapest_of_the_stored_cuboids_is_taken_by_rows_then_bytes() {
    let spec = spec();
    let cheapest = |cuboids: &[(u64, u64, u64)]| {
        let answers = |id| wanted(0b1, &[]).is_answered_by(&spec, id);
        cheapest(&ready_segment(&[0], cuboids), answers).map(|chosen| chosen.cuboid.mask())
    };
    assert_eq!(cheapest(&[(0b11111, 90, 900), (0b00011, 20, 800), (0b00001, 30, 10)]), Some(0b00011));
    assert_eq!(cheapest(&[(0b11111, 20, 900), (0b00011, 20, 800)]), Some(0b00011));
    assert_eq!(cheapest(&[(0b00010, 1, 1)]), None);
}

#[test]
fn segments_without_a_suitable_cuboid_are_named() {
    let spec = spec();
    let timeline = timeline(vec![
        segment(0, 10, Some(ready_segment(&[0], &[(0b1, 5, 50)]))),
        segment(10, 20, Some(ready_segment(&[0], &[(0b10, 5, 50)]))),
    ]);
    let pruned = prune(&timeline, Some(cube::time::TimeRange::ALL));
    assert_eq!(route(&spec, &pruned, &wanted(0b1, &[])).unwrap_err(), ["10_20"]);
    assert_eq!(route(&spec, &pruned, &wanted(0, &[])).unwrap().len(), 2);
}

#[test]
fn a_cube_that_holds_more_is_preferred_to_a_cheaper_one() {
    let chosen = |rows| [Chosen { cuboid: CuboidId::new(1), rows, bytes: 1 }];
    let full = timeline(vec![segment(0, 100, Some(ready_segment(&[0], &[])))]);
    let young = timeline(vec![segment(50, 100, Some(ready_segment(&[0], &[]))), segment(100, 500, None)]);
    assert!(preference(&full, &chosen(1000)) < preference(&young, &chosen(1)));
    assert!(preference(&full, &chosen(1)) < preference(&full, &chosen(2)));
}
