//! `kirin check`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use cube::lattice::Lattice;
use cube::spec::{CubeSpec, SpecFile};
use cube::{Error, Result};

/// Check a specification without a server.
///
/// Says what is wrong, or what each cube would keep: dimensions, measures, and how many cuboids.
///
///   kirin check sales.yaml --list
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct CheckArgs {
    /// YAML or JSON file with `model` and `cube`
    #[arg(value_name = "SPEC")]
    spec: PathBuf,

    /// Print each cuboid's id and dimensions as well
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(args: CheckArgs) -> Result<ExitCode> {
    let at = args.spec.display().to_string();
    let text =
        std::fs::read_to_string(&args.spec).map_err(|error| Error::invalid(format!("{at}: {error}")))?;
    let file = SpecFile::parse(&text).map_err(|error| error.context(&at))?;
    for model in &file.models {
        ingest::decode::check(model).map_err(|error| error.context(&at))?;
        println!(
            "model {}: table {}, topic {}, {} columns",
            model.name,
            model.table,
            model.topic,
            model.columns.len()
        );
    }
    for cube in &file.cubes {
        println!("{}", describe(cube, args.list)?);
    }
    Ok(ExitCode::SUCCESS)
}

fn describe(cube: &CubeSpec, list: bool) -> Result<String> {
    let lattice = Lattice::new(cube)?;
    let measures: Vec<String> = cube.measures.iter().map(ToString::to_string).collect();
    let mut lines = vec![
        format!("cube {} of model {}", cube.name, cube.model),
        format!("  {} dimensions: {}", cube.dimensions.len(), cube.names(cube.full_mask()).join(", ")),
        format!("  {} measures: {}", measures.len(), measures.join(", ")),
        format!("  {} cuboids", lattice.len()),
    ];
    if list {
        let line = |cuboid: cube::lattice::CuboidId| {
            let names = cube.names(cuboid.mask());
            let names = if names.is_empty() { "(no dimension)".to_owned() } else { names.join(", ") };
            format!("    {cuboid}: {names}")
        };
        // The base cuboid, which has the highest id, first.
        let mut cuboids: Vec<_> = lattice.iter().collect();
        cuboids.reverse();
        lines.extend(cuboids.into_iter().map(line));
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "
model:
  name: m
  table:
    name: t
    topic: t
    brokers: localhost:9092
    columns: [{ name: at, type: timestamp }, { name: a, type: varchar }, { name: b, type: integer }]
    event_time: { column: at, format: epoch_ms }
cube: { name: c, model: m, dimensions: [a, b], measures: [{ name: b_sum, function: sum, column: b }] }
";

    #[test]
    fn a_cube_is_described_with_its_cuboids() {
        let file = SpecFile::parse(SPEC).unwrap();
        let expected = "cube c of model m\n  2 dimensions: a, b\n  2 measures: count row_count, sum b_sum\n  4 cuboids\n    \
                        3: a, b\n    2: b\n    1: a\n    0: (no dimension)";
        assert_eq!(describe(&file.cubes[0], true).unwrap(), expected);
    }
}
