//! Which cuboids aggregation groups mean, and the tree of their roll-ups.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::id::{CubeName, ModelName};
use crate::measure::{Function, Measure};
use crate::spec::{BuildSpec, Compression, Dimension, DimensionKind, FirstStart, RejectedLimit, SpecFile};

/// A cube over plain dimensions `a`, `b`, … and levels, given by their names.
fn spec(dimensions: &str, aggregation_groups: Vec<AggregationGroup>) -> CubeSpec {
    let dimensions = dimensions.split_whitespace().enumerate().map(|(i, name)| Dimension {
        name: name.to_owned(),
        kind: TimeLevel::of_column(name).map_or(DimensionKind::Column(i), DimensionKind::Level),
    });
    CubeSpec {
        name: CubeName::new("cube").unwrap(),
        model: ModelName::new("model").unwrap(),
        dimensions: dimensions.collect(),
        measures: vec![Measure::new("rows", Function::Count, None).unwrap()],
        aggregation_groups,
        build: BuildSpec {
            start: FirstStart::Earliest,
            max_messages_per_segment: None,
            rejected: RejectedLimit::default(),
            max_building_segments: None,
        },
        compression: Compression::None,
    }
}

/// `includes; mandatory a; hierarchy b c; joint d e`, rules in any number and order; `*` includes all.
fn group(dimensions: &str, text: &str) -> AggregationGroup {
    let names: Vec<&str> = dimensions.split_whitespace().collect();
    let place = |name: &str| names.iter().position(|&known| known == name).unwrap();
    let mask = |list: &str| list.split_whitespace().fold(0u64, |mask, name| mask | 1 << place(name));
    let mut rules = text.split(';').map(str::trim);
    let includes = match rules.next() {
        Some("*") => (1u64 << names.len()) - 1,
        list => mask(list.unwrap_or_default()),
    };
    let mut group = AggregationGroup { includes, mandatory: 0, hierarchies: vec![], joints: vec![] };
    for rule in rules {
        match rule.split_once(' ').unwrap() {
            ("mandatory", list) => group.mandatory |= mask(list),
            ("hierarchy", list) => group.hierarchies.push(list.split_whitespace().map(place).collect()),
            ("joint", list) => group.joints.push(mask(list)),
            (other, _) => panic!("{other}?"),
        }
    }
    group
}

/// Expects exactly these cuboids, written as the names of their dimensions.
fn check(dimensions: &str, groups: &[&str], expected: &[&str]) {
    let spec = spec(dimensions, groups.iter().map(|text| group(dimensions, text)).collect());
    let lattice = Lattice::new(&spec).unwrap();
    let found: BTreeSet<String> = lattice.iter().map(|cuboid| spec.names(cuboid.mask()).join(" ")).collect();
    let expected: BTreeSet<String> = expected.iter().map(|&names| names.to_owned()).collect();
    assert_eq!(found, expected);
    assert_eq!(lattice.len(), expected.len());
    assert_eq!(lattice.base().mask(), spec.full_mask());
    assert!(lattice.contains(lattice.base()) && !lattice.is_empty());
}

#[test]
fn free_dimensions_come_in_all_combinations() {
    check("a b c", &["*"], &["", "a", "b", "c", "a b", "a c", "b c", "a b c"]);
    let spec = spec("a b c", vec![group("a b c", "*")]);
    let ids: Vec<u64> = Lattice::new(&spec).unwrap().iter().map(CuboidId::mask).collect();
    assert_eq!(ids, (0..8).collect::<Vec<u64>>());
}

#[test]
fn a_cube_without_dimensions_has_the_base_cuboid_alone() {
    check("", &["*"], &[""]);
    check("", &[], &[""]);
}

#[test]
fn the_base_cuboid_is_there_even_if_no_group_means_it() {
    check("a b c", &[], &["a b c"]);
    check("a b c", &["a b"], &["", "a", "b", "a b", "a b c"]);
    check("a b c", &["; mandatory a"], &["a", "a b c"]);
}

#[test]
fn a_mandatory_dimension_is_in_every_cuboid() {
    check("a b c", &["*; mandatory a"], &["a", "a b", "a c", "a b c"]);
    check("a b c", &["*; mandatory a b c"], &["a b c"]);
}

#[test]
fn an_inner_dimension_of_a_hierarchy_comes_only_with_all_outer_ones() {
    check("a b c", &["*; hierarchy a b c"], &["", "a", "a b", "a b c"]);
    check("a b c", &["*; hierarchy c a b"], &["", "c", "a c", "a b c"]);
    let two = ["", "a", "a b", "c", "a c", "a b c", "c d", "a c d", "a b c d"];
    check("a b c d", &["*; hierarchy a b; hierarchy c d"], &two);
}

#[test]
fn joint_dimensions_come_all_or_none() {
    check("a b c", &["*; joint a b"], &["", "c", "a b", "a b c"]);
    check("a b c d", &["*; joint a d; joint b c"], &["", "a d", "b c", "a b c d"]);
    check("a b c d", &["*; mandatory a; joint b c"], &["a", "a d", "a b c", "a b c d"]);
}

#[test]
fn groups_add_up_and_share_cuboids() {
    check("a b c", &["a b", "b c"], &["", "a", "b", "c", "a b", "b c", "a b c"]);
}

#[test]
fn a_cuboid_has_at_most_one_level_with_all_that_follow_from_it() {
    let chain = ["", "day_start", "day_start hour_start", "day_start hour_start minute_start"];
    check("day_start hour_start minute_start", &["*"], &chain);
    let both = "a minute15_start";
    check(both, &["*"], &["", "a", "minute15_start", "a minute15_start"]);
}

#[test]
fn weeks_and_months_stand_beside_each_other_above_days() {
    let expected = ["", "week_start", "month_start", "week_start month_start day_start"];
    check("week_start month_start day_start", &["*"], &expected);
    let all =
        "minute_start minute15_start hour_start day_start week_start month_start quarter_start year_start";
    let spec = spec(all, vec![group(all, "*")]);
    // None, and one for each level.
    assert_eq!(Lattice::new(&spec).unwrap().len(), 9);
}

#[test]
fn only_the_levels_that_a_group_includes_are_offered_but_coarser_ones_come_along() {
    check(
        "a day_start hour_start",
        &["a hour_start"],
        &["", "a", "day_start hour_start", "a day_start hour_start"],
    );
    check(
        "a day_start hour_start",
        &["a day_start"],
        &["", "a", "day_start", "a day_start", "a day_start hour_start"],
    );
}

#[test]
fn a_mandatory_level_leaves_the_finer_ones_to_choose_from() {
    let expected = ["day_start", "day_start hour_start", "a day_start", "a day_start hour_start"];
    check("a day_start hour_start", &["*; mandatory day_start"], &expected);
    check(
        "a day_start hour_start",
        &["*; mandatory hour_start"],
        &["day_start hour_start", "a day_start hour_start"],
    );
}

#[test]
fn two_mandatory_levels_mean_a_level_that_refines_both() {
    let dimensions = "week_start month_start day_start hour_start";
    let day = "week_start month_start day_start";
    check(dimensions, &["*; mandatory week_start month_start"], &[day, dimensions]);
    // None of the included ones does, so the finest of the cube has to.
    check(dimensions, &["week_start month_start; mandatory week_start month_start"], &[dimensions]);
}

#[test]
fn kylins_sample_of_nine_dimensions_has_256_cuboids() {
    let text = include_str!("../../../samples/sample-stream/sample-stream.yaml");
    let spec = SpecFile::parse(text).unwrap().cubes.remove(0);
    let names = ["category", "device", "user_age", "user_gender", "currency", "country"];
    assert_eq!(spec.names(0b111111), names);
    assert_eq!(spec.names(0b111_000000), ["day_start", "hour_start", "minute_start"]);
    let times = [0u64, 0b001_000000, 0b011_000000, 0b111_000000];
    let expected: BTreeSet<u64> = (0..64).flat_map(|plain| times.map(|time| plain | time)).collect();
    assert_eq!(expected.len(), 256);
    let lattice = Lattice::new(&spec).unwrap();
    assert_eq!(lattice.iter().map(CuboidId::mask).collect::<BTreeSet<_>>(), expected);
    assert_eq!(lattice.base(), CuboidId::new(0b111_111111));
}

#[test]
fn too_many_cuboids_are_refused_before_they_are_listed() {
    let names: Vec<String> = (0..63).map(|i| format!("d{i}")).collect();
    let names = names.join(" ");
    let error = Lattice::new(&spec(&names, vec![group(&names, "*")])).unwrap_err().to_string();
    assert!(error.contains(&(1u64 << 63).to_string()) && error.contains("16384"), "{error}");
    let joint = Lattice::new(&spec(&names, vec![group(&names, &format!("*; joint {names}"))])).unwrap();
    assert_eq!(joint.len(), 2);
}

#[test]
fn ids_print_as_numbers_and_read_back() {
    let id = CuboidId::new(i64::MAX as u64);
    assert_eq!(id.to_string().parse::<CuboidId>().unwrap(), id);
    assert_eq!(serde_json::to_string(&id).unwrap(), i64::MAX.to_string());
    let error = "x7".parse::<CuboidId>().unwrap_err().to_string();
    assert!(error.contains("\"x7\""), "{error}");
}

#[test]
fn a_cuboid_covers_what_is_a_subset_of_it() {
    let cuboid = CuboidId::new(0b101);
    assert!(cuboid.covers(0b101) && cuboid.covers(0b001) && cuboid.covers(0));
    assert!(!cuboid.covers(0b010) && !cuboid.covers(0b111));
}

#[test]
fn a_cuboid_is_rolled_up_from_the_cheapest_that_covers_it_and_ties_go_to_the_lower_id() {
    let lattice = Lattice::new(&spec("a b c", vec![group("a b c", "*")])).unwrap();
    let children = |cost: fn(CuboidId) -> u64| {
        let tree = lattice.roll_up_tree(cost);
        tree.into_iter()
            .map(|(parent, children)| {
                (parent.mask(), children.into_iter().map(CuboidId::mask).collect::<Vec<_>>())
            })
            .collect::<Vec<_>>()
    };
    // By size: the fewest dimensions that still cover.
    let by_size = children(|cuboid| 10u64.pow(cuboid.mask().count_ones()));
    assert_eq!(by_size, [(1, vec![0]), (3, vec![1, 2]), (5, vec![4]), (7, vec![3, 5, 6])]);
    // All the same: the base is only asked where nothing else covers.
    assert_eq!(children(|_| 1), by_size);
    // The base is the cheapest: everything hangs under it.
    assert_eq!(children(|cuboid| u64::from(cuboid.mask() != 7)), [(7, vec![0, 1, 2, 3, 4, 5, 6])]);
}

const LEVELS: [&str; 8] = [
    "minute_start",
    "minute15_start",
    "hour_start",
    "day_start",
    "week_start",
    "month_start",
    "quarter_start",
    "year_start",
];

/// Plain dimensions and levels with one that refines all others, and any groups over them.
fn any_spec() -> impl Strategy<Value = CubeSpec> {
    let levels =
        (0usize..5, prop::collection::btree_set(0usize..8, 0..4)).prop_map(
            |(finest, coarser)| match finest {
                4 => vec![],
                _ => std::iter::once(finest)
                    .chain(coarser.into_iter().filter(|&level| level > finest))
                    .collect(),
            },
        );
    (0usize..6, levels).prop_flat_map(|(plain, levels)| {
        let names: Vec<&str> = ["a", "b", "c", "d", "e", "f"].into_iter().take(plain).collect();
        let names: Vec<&str> =
            names.into_iter().chain(levels.into_iter().map(|level| LEVELS[level])).collect();
        Just(names).prop_shuffle().prop_flat_map(|names| {
            let all = names.len();
            let groups = prop::collection::vec(prop::collection::vec(0u8..8, all), 0..3);
            groups.prop_map(move |groups| {
                let dimensions = names.join(" ");
                let groups = groups.iter().map(|roles| by_roles(&dimensions, roles)).collect();
                spec(&dimensions, groups)
            })
        })
    })
}

/// Each dimension is left out, free, mandatory, or in one of two hierarchies or joints.
fn by_roles(dimensions: &str, roles: &[u8]) -> AggregationGroup {
    let mut group =
        AggregationGroup { includes: 0, mandatory: 0, hierarchies: vec![vec![]; 2], joints: vec![0; 2] };
    for (i, (name, role)) in dimensions.split_whitespace().zip(roles).enumerate() {
        let level = TimeLevel::of_column(name).is_some();
        group.includes |= u64::from(*role != 0) << i;
        match role {
            2 => group.mandatory |= 1 << i,
            4 | 5 if !level => group.hierarchies[usize::from(role - 4)].insert(0, i),
            6 | 7 if !level => group.joints[usize::from(role - 6)] |= 1 << i,
            _ => {}
        }
    }
    group
}

/// Whether a group means the cuboid: the rules, one by one.
fn means(spec: &CubeSpec, group: &AggregationGroup, mask: u64) -> bool {
    let levels = spec.level_mask();
    let plain = mask & !levels;
    let has = |mask: u64, i: usize| mask >> i & 1 == 1;
    let prefix =
        |hierarchy: &Vec<usize>| hierarchy.windows(2).all(|pair| has(mask, pair[0]) || !has(mask, pair[1]));
    let required = group.mandatory & levels;
    let offered: Vec<u64> = spec
        .levels()
        .filter(|(i, _)| has(group.includes, *i))
        .map(|(_, level)| spec.level_closure(level))
        .filter(|closure| closure & required == required)
        .collect();
    let time = mask & levels;
    let time_fits = match (required, offered.is_empty()) {
        (0, _) => time == 0 || offered.contains(&time),
        (_, false) => offered.contains(&time),
        (_, true) => time == levels,
    };
    plain & !group.includes == 0
        && group.mandatory & !levels & !mask == 0
        && group.hierarchies.iter().all(prefix)
        && group.joints.iter().all(|joint| mask & joint == 0 || mask & joint == *joint)
        && time_fits
}

proptest! {
    #[test]
    fn the_lattice_is_what_the_rules_allow_and_the_base(spec in any_spec()) {
        let lattice = Lattice::new(&spec).unwrap();
        let expected: BTreeSet<u64> = (0..=spec.full_mask())
            .filter(|&mask| {
                mask == spec.full_mask() || spec.aggregation_groups.iter().any(|group| means(&spec, group, mask))
            })
            .collect();
        prop_assert_eq!(lattice.iter().map(CuboidId::mask).collect::<BTreeSet<_>>(), expected);
    }

    #[test]
    fn every_cuboid_but_the_base_hangs_under_one_that_covers_it(spec in any_spec(), costs in prop::collection::vec(0u64..5, 16)) {
        let lattice = Lattice::new(&spec).unwrap();
        let tree = lattice.roll_up_tree(|cuboid| costs[cuboid.mask() as usize % costs.len()]);
        let mut children: Vec<CuboidId> = vec![];
        for (parent, below) in &tree {
            prop_assert!(lattice.contains(*parent));
            prop_assert!(below.iter().all(|child| child != parent && parent.covers(child.mask())));
            children.extend(below);
        }
        children.sort();
        let expected: Vec<CuboidId> = lattice.iter().filter(|&cuboid| cuboid != lattice.base()).collect();
        prop_assert_eq!(children, expected);
    }

    #[test]
    fn no_cheaper_parent_is_passed_over(spec in any_spec(), costs in prop::collection::vec(0u64..5, 16)) {
        let cost = |cuboid: CuboidId| costs[cuboid.mask() as usize % costs.len()];
        let lattice = Lattice::new(&spec).unwrap();
        for (parent, below) in lattice.roll_up_tree(cost) {
            for child in below {
                let least = lattice.iter().filter(|c| *c != child && c.covers(child.mask())).map(|c| (cost(c), c)).min();
                prop_assert_eq!(Some((cost(parent), parent)), least);
            }
        }
    }
}
