//! JSON bytes → typed columns, one core.

use arrow::array::RecordBatch;
use cube::build::BuildLayout;
use ingest::decode::{Decoder, Outcome};

use crate::measure::{Figure, measure};
use crate::{Failure, sample};

const COUNT: usize = 1_000_000;
const BATCH: usize = 16_384;

/// All messages decoded into batches.
pub fn batches(messages: &[Vec<u8>]) -> Result<Vec<RecordBatch>, Failure> {
    let (model, spec) = sample::spec("t", "localhost:9092")?;
    let mut decoder = Decoder::new(&model, &BuildLayout::needed_columns(&model, &spec))?;
    let mut batches = vec![];
    for message in messages {
        match decoder.push(Some(message)) {
            Outcome::Row { .. } => {}
            _ => return Err("a sample message is no row".into()),
        }
        if decoder.rows() == BATCH {
            batches.push(decoder.finish()?);
        }
    }
    batches.push(decoder.finish()?);
    Ok(batches)
}

pub fn sample(runs: usize) -> Result<Figure, Failure> {
    let messages = sample::messages(COUNT, 1);
    measure(runs, "messages/s", |seconds| COUNT as f64 / seconds, || batches(&messages).map(drop))
}
