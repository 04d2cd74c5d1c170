//! Decoded rows → base cuboid (one core) → 256 cuboids → Parquet (all cores).

use std::sync::Arc;

use arrow::array::RecordBatch;
use cube::build::{BaseBuilder, BaseCuboid, BuildLayout, CuboidSink, merge, roll_up, write_cuboids};
use cube::lattice::{CuboidId, Lattice};
use cube::spec::CubeSpec;

use crate::measure::{Figure, measure};
use crate::{Failure, decode, sample};

const COUNT: usize = 1_000_000;

pub struct Nobody;

impl CuboidSink for Nobody {
    fn cuboid_done(&self, _: CuboidId, _: u64) -> cube::Result<()> {
        Ok(())
    }
}

pub struct Input {
    layout: BuildLayout,
    pub spec: Arc<CubeSpec>,
    batches: Vec<RecordBatch>,
}

impl Input {
    pub fn new(count: usize) -> Result<Self, Failure> {
        let (model, spec) = sample::spec("t", "localhost:9092")?;
        let spec = Arc::new(spec);
        let layout = BuildLayout::new(&model, spec.clone(), &BuildLayout::needed_columns(&model, &spec))?;
        Ok(Self { layout, spec, batches: decode::batches(&sample::messages(count, 1))? })
    }

    pub fn base(&self) -> Result<BaseCuboid, Failure> {
        let mut builder = BaseBuilder::new(self.layout.clone());
        for batch in &self.batches {
            builder.push(batch)?;
        }
        Ok(merge(vec![builder])?)
    }
}

pub fn base_cuboid(runs: usize) -> Result<Figure, Failure> {
    let input = Input::new(COUNT)?;
    measure(runs, "rows/s", |seconds| COUNT as f64 / seconds, || input.base().map(drop))
}

/// Seconds of the part after the base cuboid alone.
fn after_base(
    runs: usize,
    each: impl Fn(BaseCuboid, &Lattice) -> Result<(), Failure>,
) -> Result<Figure, Failure> {
    let input = Input::new(COUNT)?;
    let lattice = Lattice::new(&input.spec)?;
    let mut bases = (0..=runs).map(|_| input.base()).collect::<Result<Vec<_>, _>>()?;
    measure(runs, "s", |seconds| seconds, || bases.pop().map_or(Ok(()), |base| each(base, &lattice)))
}

pub fn rollup(runs: usize) -> Result<Figure, Failure> {
    after_base(runs, |base, lattice| Ok(roll_up(base, lattice, &|_, _| Ok(()), &Nobody)?))
}

pub fn write(runs: usize) -> Result<Figure, Failure> {
    after_base(runs, |base, lattice| write_cuboids(base, lattice, &Nobody).map(drop).map_err(Into::into))
}
