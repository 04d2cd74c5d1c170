//! Text → checked specifications. YAML, and JSON as the YAML that it is.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{
    AggregationGroup, BuildSpec, ClientProperties, Column, ColumnType, Compression, CubeSpec, Dimension,
    DimensionKind, EventTime, EventTimeFormat, FirstStart, MAX_DIMENSIONS, MessageFormat, ModelSpec,
    RejectedLimit,
};
use crate::id::{CubeName, ModelName};
use crate::measure::{Function, HLL_DEFAULT_LG_K, Input, Measure};
use crate::offsets::PartitionId;
use crate::time::TimeLevel;
use crate::{Error, Result};

/// The longest specification that is read, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// What one file holds: models, cubes, or both.
///
/// Cubes are checked against the models of the same file, or of the catalog
/// ([`SpecFile::parse_with`]).
#[derive(Debug)]
pub struct SpecFile {
    pub models: Vec<ModelSpec>,
    pub cubes: Vec<CubeSpec>,
}

impl SpecFile {
    /// # Errors
    /// `Invalid`, naming the field, the value, and what would be accepted.
    pub fn parse(text: &str) -> Result<Self> {
        Self::parse_with(text, |_| None)
    }

    /// `known_model` finds models that other files defined.
    pub fn parse_with(text: &str, known_model: impl Fn(&ModelName) -> Option<ModelSpec>) -> Result<Self> {
        if text.len() > MAX_TEXT {
            return Err(Error::invalid(format!(
                "the specification has {} bytes; at most {MAX_TEXT} are read",
                text.len()
            )));
        }
        let raw: RawFile = serde_saphyr::from_str(text)
            .map_err(|error| Error::invalid(format!("the specification cannot be read: {error}")))?;
        let models =
            raw.model.into_iter().chain(raw.models).map(RawModel::check).collect::<Result<Vec<_>>>()?;
        let find = |name: &ModelName| {
            models.iter().find(|model| model.name == *name).cloned().or_else(|| known_model(name))
        };
        let cubes = raw
            .cube
            .into_iter()
            .chain(raw.cubes)
            .map(|cube| {
                let name = ModelName::new(cube.model.clone())?;
                let model = find(&name).ok_or_else(|| {
                    Error::invalid(format!(
                        "cube.model: there is no model {name}; put it under `model` in the same file, or define it first"
                    ))
                })?;
                cube.check(&model)
            })
            .collect::<Result<Vec<_>>>()?;
        if models.is_empty() && cubes.is_empty() {
            return Err(Error::invalid("the specification holds neither `model` nor `cube`"));
        }
        Ok(Self { models, cubes })
    }
}

impl ModelSpec {
    /// The specification again, as JSON that [`SpecFile::parse`] reads. Secrets stay references.
    pub fn to_json(&self) -> String {
        encode(&RawFile { model: Some(RawModel::of(self)), ..RawFile::default() })
    }
}

impl CubeSpec {
    /// The specification again, as JSON that [`SpecFile::parse_with`] reads.
    pub fn to_json(&self, model: &ModelSpec) -> String {
        encode(&RawFile { cube: Some(RawCube::of(self, model)), ..RawFile::default() })
    }
}

fn encode(file: &RawFile) -> String {
    serde_json::to_string(file).unwrap_or_default()
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<RawModel>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    models: Vec<RawModel>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cube: Option<RawCube>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cubes: Vec<RawCube>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawModel {
    name: String,
    table: RawTable,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    name: String,
    topic: String,
    brokers: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<String, String>,
    #[serde(default = "json_format")]
    format: String,
    columns: Vec<RawColumn>,
    event_time: RawEventTime,
}

fn json_format() -> String {
    "json".into()
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawColumn {
    name: String,
    r#type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<RawPath>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, expecting = "path is keys separated by dots, such as user.id, or a list of keys")]
enum RawPath {
    /// Keys separated by dots.
    Dotted(String),
    /// For keys that hold dots themselves.
    Keys(Vec<String>),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEventTime {
    column: String,
    format: RawTimeFormat,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "event_time.format is epoch_s, epoch_ms, epoch_us, rfc3339 or \
                 { pattern: \"%Y-%m-%d %H:%M:%S\", zone: Europe/Berlin }"
)]
enum RawTimeFormat {
    Name(String),
    Pattern(RawPattern),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPattern {
    pattern: String,
    #[serde(default = "utc")]
    zone: String,
}

fn utc() -> String {
    "UTC".into()
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCube {
    name: String,
    model: String,
    dimensions: Vec<String>,
    measures: Vec<RawMeasure>,
    #[serde(default)]
    aggregation_groups: Vec<RawGroup>,
    #[serde(default)]
    build: RawBuild,
    #[serde(default)]
    storage: RawStorage,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMeasure {
    name: String,
    function: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    /// For `approx_count_distinct`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lg_k: Option<u8>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGroup {
    includes: Vec<String>,
    #[serde(default)]
    mandatory: Vec<String>,
    #[serde(default)]
    hierarchies: Vec<Vec<String>>,
    #[serde(default)]
    joints: Vec<Vec<String>>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBuild {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<RawStart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_messages_per_segment: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rejected: Option<RawRejected>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_building_segments: Option<usize>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "build.start is earliest, latest, { offsets: { 0: 100 } } or { timestamp: 2026-01-01T00:00:00Z }"
)]
enum RawStart {
    Name(String),
    Offsets(RawOffsets),
    Timestamp(RawTimestamp),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOffsets {
    #[serde(deserialize_with = "crate::offsets::by_partition")]
    offsets: BTreeMap<PartitionId, i64>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTimestamp {
    /// RFC 3339, or milliseconds since the epoch.
    timestamp: RawInstant,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, expecting = "timestamp is RFC 3339 or milliseconds since the epoch")]
enum RawInstant {
    Millis(i64),
    Text(String),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRejected {
    max_percent: f64,
    max_messages: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStorage {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compression: Option<String>,
}

impl RawModel {
    fn check(self) -> Result<ModelSpec> {
        let name = ModelName::new(self.name).map_err(|error| error.context("model.name"))?;
        let table = self.table;
        let at = |field: &str| format!("model {name}: table.{field}");
        let table_name = identifier(&table.name, &at("name"))?;
        if table.topic.is_empty() || table.topic.len() > 249 {
            return Err(Error::invalid(format!(
                "{} {:?}: a topic's name has 1 to 249 characters",
                at("topic"),
                table.topic
            )));
        }
        check_brokers(&table.brokers).map_err(|error| error.context(at("brokers")))?;
        if table.format != "json" {
            return Err(Error::invalid(format!(
                "{} {:?} is not known: use json",
                at("format"),
                table.format
            )));
        }
        let columns = check_columns(table.columns, &at("columns"))?;
        let event_time = table.event_time.check(&columns, &at("event_time"))?;
        let properties = ClientProperties::try_from(table.properties)
            .map_err(|error| error.context(format!("model {name}")))?;
        Ok(ModelSpec {
            name,
            table: table_name,
            topic: table.topic,
            brokers: table.brokers,
            properties,
            format: MessageFormat::Json,
            columns,
            event_time,
        })
    }

    fn of(model: &ModelSpec) -> Self {
        let columns = model
            .columns
            .iter()
            .map(|column| RawColumn {
                name: column.name.clone(),
                r#type: column.column_type.to_string(),
                path: Some(RawPath::Keys(column.path.clone())),
            })
            .collect();
        Self {
            name: model.name.to_string(),
            table: RawTable {
                name: model.table.clone(),
                topic: model.topic.clone(),
                brokers: model.brokers.clone(),
                properties: model.properties.clone().into(),
                format: json_format(),
                columns,
                event_time: RawEventTime {
                    column: model.event_time_column().name.clone(),
                    format: RawTimeFormat::of(&model.event_time.format),
                },
            },
        }
    }
}

/// A lower-case SQL identifier of letters, digits and underscores.
fn identifier(name: &str, at: &str) -> Result<String> {
    let ok = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && name.len() <= 128
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !ok {
        return Err(Error::invalid(format!(
            "{at} {name:?} is not accepted: use 1 to 128 letters, digits or underscores, not starting with a digit"
        )));
    }
    Ok(name.to_ascii_lowercase())
}

fn check_brokers(brokers: &str) -> Result<()> {
    let ok = |broker: &str| {
        let broker = broker.trim();
        broker
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0))
    };
    if brokers.split(',').all(ok) {
        return Ok(());
    }
    Err(Error::invalid(format!("{brokers:?} is not accepted: use HOST:PORT, several separated by commas")))
}

fn check_columns(raw: Vec<RawColumn>, at: &str) -> Result<Vec<Column>> {
    let mut names = HashSet::new();
    let mut columns: Vec<Column> = vec![];
    for column in raw {
        let name = identifier(&column.name, &format!("{at}: name"))?;
        if TimeLevel::of_column(&name).is_some() {
            return Err(Error::invalid(format!(
                "{at}: {name} is the name of an event-time level, which every table has; name the column otherwise"
            )));
        }
        if !names.insert(name.clone()) {
            return Err(Error::invalid(format!("{at}: {name} is named twice (names ignore case)")));
        }
        let column_type: ColumnType =
            column.r#type.parse().map_err(|error: Error| error.context(format!("{at}: {name}")))?;
        let path = match column.path {
            None => vec![column.name],
            Some(RawPath::Dotted(path)) => path.split('.').map(str::to_owned).collect(),
            Some(RawPath::Keys(keys)) => keys,
        };
        if path.is_empty() || path.len() > 32 || path.iter().any(String::is_empty) {
            return Err(Error::invalid(format!(
                "{at}: {name}: path {path:?} is not accepted: use 1 to 32 keys, none empty, such as user.id"
            )));
        }
        if let Some(other) = columns.iter().find(|other| overlapping_paths(&other.path, &path)) {
            return Err(Error::invalid(format!(
                "{at}: {name} reads {path:?} and {} reads {:?}: one place cannot be both a value and an object, \
                 or fill two columns",
                other.name, other.path
            )));
        }
        columns.push(Column { name, column_type, path });
    }
    if columns.is_empty() || columns.len() > 1000 {
        return Err(Error::invalid(format!("{at}: has {} columns; use 1 to 1000", columns.len())));
    }
    Ok(columns)
}

fn overlapping_paths(a: &[String], b: &[String]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

impl RawEventTime {
    fn check(self, columns: &[Column], at: &str) -> Result<EventTime> {
        let names: Vec<_> = columns
            .iter()
            .filter(|c| c.column_type == ColumnType::Timestamp)
            .map(|c| c.name.as_str())
            .collect();
        let column = columns
            .iter()
            .position(|column| {
                column.name.eq_ignore_ascii_case(&self.column) && column.column_type == ColumnType::Timestamp
            })
            .ok_or_else(|| {
                Error::invalid(format!(
                    "{at}.column {:?} is not a column of type timestamp; there are: {}",
                    self.column,
                    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
                ))
            })?;
        Ok(EventTime { column, format: self.format.check(&format!("{at}.format"))? })
    }
}

impl RawTimeFormat {
    fn check(self, at: &str) -> Result<EventTimeFormat> {
        match self {
            Self::Name(name) => match name.as_str() {
                "epoch_s" => Ok(EventTimeFormat::EpochSeconds),
                "epoch_ms" => Ok(EventTimeFormat::EpochMillis),
                "epoch_us" => Ok(EventTimeFormat::EpochMicros),
                "rfc3339" => Ok(EventTimeFormat::Rfc3339),
                _ => Err(Error::invalid(format!(
                    "{at} {name:?} is not known: use epoch_s, epoch_ms, epoch_us, rfc3339 or \
                     {{ pattern: \"%Y-%m-%d %H:%M:%S\", zone: Europe/Berlin }}"
                ))),
            },
            Self::Pattern(RawPattern { pattern, zone }) => {
                let zone = zone.parse().map_err(|_| {
                    Error::invalid(format!(
                        "{at}.zone {zone:?} is not a time zone of the tz database, such as Europe/Berlin"
                    ))
                })?;
                let wrong = chrono::format::StrftimeItems::new(&pattern)
                    .any(|item| item == chrono::format::Item::Error);
                if wrong || pattern.is_empty() {
                    return Err(Error::invalid(format!(
                        "{at}.pattern {pattern:?} is not a strftime pattern such as %Y-%m-%d %H:%M:%S"
                    )));
                }
                Ok(EventTimeFormat::Pattern { pattern, zone })
            }
        }
    }

    fn of(format: &EventTimeFormat) -> Self {
        match format {
            EventTimeFormat::EpochSeconds => Self::Name("epoch_s".into()),
            EventTimeFormat::EpochMillis => Self::Name("epoch_ms".into()),
            EventTimeFormat::EpochMicros => Self::Name("epoch_us".into()),
            EventTimeFormat::Rfc3339 => Self::Name("rfc3339".into()),
            EventTimeFormat::Pattern { pattern, zone } => {
                Self::Pattern(RawPattern { pattern: pattern.clone(), zone: zone.to_string() })
            }
        }
    }
}

impl RawCube {
    fn check(self, model: &ModelSpec) -> Result<CubeSpec> {
        let name = CubeName::new(self.name).map_err(|error| error.context("cube.name"))?;
        let at = format!("cube {name}");
        let dimensions = check_dimensions(&self.dimensions, model, &at)?;
        let measures = check_measures(self.measures, model, &dimensions, &at)?;
        let mut spec = CubeSpec {
            name,
            model: model.name.clone(),
            dimensions,
            measures,
            aggregation_groups: vec![],
            build: self.build.check(&at)?,
            compression: self.storage.check(&at)?,
        };
        if spec.levels().next().is_some() && spec.finest_level().is_none() {
            return Err(Error::invalid(format!(
                "{at}: dimensions: of the event-time levels {} none refines all others; add day_start",
                spec.names(spec.level_mask()).join(", ")
            )));
        }
        let groups = if self.aggregation_groups.is_empty() {
            vec![RawGroup { includes: self.dimensions, ..RawGroup::default() }]
        } else {
            self.aggregation_groups
        };
        spec.aggregation_groups = groups
            .into_iter()
            .enumerate()
            .map(|(i, group)| group.check(&spec, &format!("{at}: aggregation_groups[{i}]")))
            .collect::<Result<_>>()?;
        crate::lattice::Lattice::new(&spec)?;
        Ok(spec)
    }

    fn of(spec: &CubeSpec, model: &ModelSpec) -> Self {
        let names = |mask: u64| spec.names(mask).into_iter().map(str::to_owned).collect::<Vec<_>>();
        let one = |&i: &usize| spec.dimensions[i].name.clone();
        Self {
            name: spec.name.to_string(),
            model: spec.model.to_string(),
            dimensions: spec.dimensions.iter().map(|dimension| dimension.name.clone()).collect(),
            measures: spec
                .measures
                .iter()
                .map(|measure| RawMeasure {
                    name: measure.name.clone(),
                    function: measure.function.name().into(),
                    column: measure.input.map(|input| model.columns[input.column].name.clone()),
                    lg_k: match measure.function {
                        Function::ApproxCountDistinct { lg_k } => Some(lg_k),
                        _ => None,
                    },
                })
                .collect(),
            aggregation_groups: spec
                .aggregation_groups
                .iter()
                .map(|group| RawGroup {
                    includes: names(group.includes),
                    mandatory: names(group.mandatory),
                    hierarchies: group
                        .hierarchies
                        .iter()
                        .map(|list| list.iter().map(one).collect())
                        .collect(),
                    joints: group.joints.iter().map(|&mask| names(mask)).collect(),
                })
                .collect(),
            build: RawBuild::of(&spec.build),
            storage: RawStorage {
                compression: Some(match spec.compression {
                    Compression::None => "none".into(),
                    Compression::Lz4 => "lz4".into(),
                    Compression::Zstd(level) => format!("zstd:{level}"),
                }),
            },
        }
    }
}

fn check_dimensions(names: &[String], model: &ModelSpec, at: &str) -> Result<Vec<Dimension>> {
    let mut dimensions: Vec<Dimension> = vec![];
    for name in names {
        let kind = match (TimeLevel::of_column(name), model.column(name)) {
            (Some(level), _) => DimensionKind::Level(level),
            (None, Some((column, _))) if column == model.event_time.column => {
                return Err(Error::invalid(format!(
                    "{at}: dimensions: {name} is the event time itself; name levels of it, such as minute_start"
                )));
            }
            (None, Some((_, column))) if column.column_type.is_float() => {
                return Err(Error::invalid(format!(
                    "{at}: dimensions: {name} has type {}; a dimension is boolean, integer, bigint, decimal, \
                     varchar, date or timestamp",
                    column.column_type
                )));
            }
            (None, Some((column, _))) => DimensionKind::Column(column),
            (None, None) => {
                let known: Vec<_> = model.columns.iter().map(|column| column.name.as_str()).collect();
                let levels = TimeLevel::ALL.map(TimeLevel::column);
                return Err(Error::invalid(format!(
                    "{at}: dimensions: {name:?} is neither a column of model {} ({}) nor an event-time level ({})",
                    model.name,
                    known.join(", "),
                    levels.join(", ")
                )));
            }
        };
        if name.eq_ignore_ascii_case(CUBOID_ID) {
            return Err(Error::invalid(format!(
                "{at}: dimensions: {name} is the name of the stored column that tells cuboids apart; name the model's \
                 column otherwise"
            )));
        }
        if dimensions.iter().any(|dimension| dimension.kind == kind) {
            return Err(Error::invalid(format!("{at}: dimensions: {name} is named twice")));
        }
        dimensions.push(Dimension { name: name.to_ascii_lowercase(), kind });
    }
    if dimensions.len() > MAX_DIMENSIONS {
        return Err(Error::invalid(format!(
            "{at}: dimensions: {} are named; at most {MAX_DIMENSIONS} are accepted",
            dimensions.len()
        )));
    }
    Ok(dimensions)
}

/// The first column of the files, see [`crate::store::cuboid_schema`].
const CUBOID_ID: &str = "cuboid_id";

/// The name of the COUNT(*) that every cube has, where the specification names none.
const ROW_COUNT: &str = "row_count";

fn check_measures(
    raw: Vec<RawMeasure>,
    model: &ModelSpec,
    dimensions: &[Dimension],
    at: &str,
) -> Result<Vec<Measure>> {
    let mut measures = raw
        .into_iter()
        .map(|measure| measure.check(model, &format!("{at}: measures")))
        .collect::<Result<Vec<_>>>()?;
    match measures.iter().position(|measure| measure.function == Function::Count && measure.input.is_none()) {
        Some(first) => measures[..=first].rotate_right(1),
        None => measures.insert(0, Measure::new(ROW_COUNT, Function::Count, None)?),
    }
    let mut names: HashSet<String> = dimensions.iter().map(|dimension| dimension.name.clone()).collect();
    names.insert(CUBOID_ID.into());
    names.extend(TimeLevel::ALL.map(|level| level.column().to_owned()));
    for field in measures.iter().flat_map(Measure::state_fields) {
        if !names.insert(field.name().clone()) {
            return Err(Error::invalid(format!(
                "{at}: measures: the stored column {} has the name of another measure's column, a dimension, \
                 a level or cuboid_id; name the measure otherwise",
                field.name()
            )));
        }
    }
    Ok(measures)
}

impl RawMeasure {
    fn check(self, model: &ModelSpec, at: &str) -> Result<Measure> {
        let name = identifier(&self.name, &format!("{at}: name"))?;
        let function = match self.function.to_ascii_lowercase().as_str() {
            "count" => Function::Count,
            "sum" => Function::Sum,
            "avg" => Function::Avg,
            "min" => Function::Min,
            "max" => Function::Max,
            "count_distinct" => Function::CountDistinct,
            "approx_count_distinct" => {
                Function::ApproxCountDistinct { lg_k: self.lg_k.unwrap_or(HLL_DEFAULT_LG_K) }
            }
            other => {
                return Err(Error::invalid(format!(
                    "{at}: {name}: function {other:?} is not known: use count, sum, avg, min, max, count_distinct \
                     or approx_count_distinct"
                )));
            }
        };
        if self.lg_k.is_some() && !matches!(function, Function::ApproxCountDistinct { .. }) {
            return Err(Error::invalid(format!("{at}: {name}: lg_k belongs to approx_count_distinct only")));
        }
        let input = self
            .column
            .map(|column| {
                let (index, found) = model.column(&column).ok_or_else(|| {
                    let known: Vec<_> = model.columns.iter().map(|column| column.name.as_str()).collect();
                    Error::invalid(format!(
                        "{at}: {name}: column {column:?} is not in model {}, which has {}",
                        model.name,
                        known.join(", ")
                    ))
                })?;
                Ok::<_, Error>(Input { column: index, column_type: found.column_type })
            })
            .transpose()?;
        Measure::new(name, function, input).map_err(|error| error.context(at))
    }
}

impl RawGroup {
    fn check(self, spec: &CubeSpec, at: &str) -> Result<AggregationGroup> {
        let levels = spec.level_mask();
        let find = |name: &str, field: &str| {
            spec.dimension(name).ok_or_else(|| {
                Error::invalid(format!(
                    "{at}.{field}: {name:?} is not a dimension of the cube, which has {}",
                    spec.names(spec.full_mask()).join(", ")
                ))
            })
        };
        let mask = |names: &[String], field: &str| -> Result<u64> {
            names.iter().try_fold(0u64, |mask, name| Ok(mask | 1 << find(name, field)?))
        };
        let includes = mask(&self.includes, "includes")?;
        let mandatory = mask(&self.mandatory, "mandatory")?;
        let mut hierarchies = vec![];
        let mut joints = vec![];
        let mut used = mandatory;
        let mut claim = |rule: u64, field: &str| -> Result<()> {
            if used & rule != 0 {
                return Err(Error::invalid(format!(
                    "{at}.{field}: {} is in two rules of the group; a dimension may be in one",
                    spec.names(used & rule).join(", ")
                )));
            }
            used |= rule;
            Ok(())
        };
        for names in &self.hierarchies {
            let rule = mask(names, "hierarchies")?;
            claim(rule, "hierarchies")?;
            if rule & levels == rule {
                continue; // Levels nest by themselves.
            }
            if rule & levels != 0 {
                return Err(Error::invalid(format!(
                    "{at}.hierarchies: {} mixes event-time levels with other dimensions; levels nest by themselves, \
                     leave them out",
                    spec.names(rule).join(", ")
                )));
            }
            hierarchies.push(names.iter().map(|name| find(name, "hierarchies")).collect::<Result<_>>()?);
        }
        for names in &self.joints {
            let rule = mask(names, "joints")?;
            claim(rule, "joints")?;
            if rule & levels != 0 {
                return Err(Error::invalid(format!(
                    "{at}.joints: {} names an event-time level; use `mandatory` for a level that must be there",
                    spec.names(rule & levels).join(", ")
                )));
            }
            joints.push(rule);
        }
        if used & !includes != 0 {
            return Err(Error::invalid(format!(
                "{at}: {} is in a rule but not in `includes`",
                spec.names(used & !includes).join(", ")
            )));
        }
        Ok(AggregationGroup { includes, mandatory, hierarchies, joints })
    }
}

impl RawBuild {
    fn check(self, at: &str) -> Result<BuildSpec> {
        if self.max_messages_per_segment == Some(0) {
            return Err(Error::invalid(format!(
                "{at}: build.max_messages_per_segment is 0; use 1 or more, or leave it out"
            )));
        }
        let max_building_segments = self.max_building_segments.unwrap_or(10);
        if !(1..=1000).contains(&max_building_segments) {
            return Err(Error::invalid(format!(
                "{at}: build.max_building_segments {max_building_segments} is not accepted: use 1 to 1000"
            )));
        }
        let rejected = match self.rejected {
            None => RejectedLimit::default(),
            Some(RawRejected { max_percent, max_messages }) if (0.0..=100.0).contains(&max_percent) => {
                RejectedLimit { max_percent, max_messages }
            }
            Some(RawRejected { max_percent, .. }) => {
                return Err(Error::invalid(format!(
                    "{at}: build.rejected.max_percent {max_percent} is not accepted: use 0 to 100"
                )));
            }
        };
        Ok(BuildSpec {
            start: self.start.map_or(Ok(FirstStart::Earliest), |start| start.check(at))?,
            max_messages_per_segment: self.max_messages_per_segment,
            rejected,
            max_building_segments,
        })
    }

    fn of(build: &BuildSpec) -> Self {
        Self {
            start: Some(match &build.start {
                FirstStart::Earliest => RawStart::Name("earliest".into()),
                FirstStart::Latest => RawStart::Name("latest".into()),
                FirstStart::Offsets(offsets) => RawStart::Offsets(RawOffsets { offsets: offsets.clone() }),
                FirstStart::Timestamp(millis) => {
                    RawStart::Timestamp(RawTimestamp { timestamp: RawInstant::Millis(*millis) })
                }
            }),
            max_messages_per_segment: build.max_messages_per_segment,
            rejected: Some(RawRejected {
                max_percent: build.rejected.max_percent,
                max_messages: build.rejected.max_messages,
            }),
            max_building_segments: Some(build.max_building_segments),
        }
    }
}

impl RawStart {
    fn check(self, at: &str) -> Result<FirstStart> {
        match self {
            Self::Name(name) if name == "earliest" => Ok(FirstStart::Earliest),
            Self::Name(name) if name == "latest" => Ok(FirstStart::Latest),
            Self::Name(name) => Err(Error::invalid(format!(
                "{at}: build.start {name:?} is not known: use earliest, latest, {{ offsets: {{ 0: 100 }} }} or \
                 {{ timestamp: 2026-01-01T00:00:00Z }}"
            ))),
            Self::Offsets(RawOffsets { offsets }) => {
                match offsets.iter().find(|(partition, offset)| **partition < 0 || **offset < 0) {
                    None => Ok(FirstStart::Offsets(offsets)),
                    Some((partition, offset)) => Err(Error::invalid(format!(
                        "{at}: build.start.offsets: partition {partition}, offset {offset}: neither may be negative"
                    ))),
                }
            }
            Self::Timestamp(RawTimestamp { timestamp: RawInstant::Millis(millis) }) => {
                Ok(FirstStart::Timestamp(millis))
            }
            Self::Timestamp(RawTimestamp { timestamp: RawInstant::Text(text) }) => {
                chrono::DateTime::parse_from_rfc3339(&text)
                    .map(|time| FirstStart::Timestamp(time.timestamp_millis()))
                    .map_err(|error| {
                        Error::invalid(format!(
                            "{at}: build.start.timestamp {text:?}: {error}; use RFC 3339 or milliseconds since the epoch"
                        ))
                    })
            }
        }
    }
}

impl RawStorage {
    fn check(self, at: &str) -> Result<Compression> {
        let text = self.compression.unwrap_or_else(|| "zstd".into());
        let (name, level) =
            text.split_once(':').map_or((text.as_str(), None), |(name, level)| (name, Some(level)));
        match (name, level.map(str::parse::<i32>)) {
            ("none", None) => Ok(Compression::None),
            ("lz4", None) => Ok(Compression::Lz4),
            ("zstd", None) => Ok(Compression::Zstd(1)),
            ("zstd", Some(Ok(level @ 1..=22))) => Ok(Compression::Zstd(level)),
            _ => Err(Error::invalid(format!(
                "{at}: storage.compression {text:?} is not known: use none, lz4, zstd or zstd:LEVEL (1 to 22)"
            ))),
        }
    }
}
