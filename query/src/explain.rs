//! The decisions of a query as lines for people.

use std::sync::Arc;

use cube::Result;
use datafusion::arrow::array::{RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::logical_expr::LogicalPlan;

use crate::report::{FactScan, ScanReport};

/// One text column `plan`: what is scanned and why, then DataFusion's plan.
pub(crate) fn answer(report: &ScanReport, plan: &LogicalPlan) -> Result<(SchemaRef, RecordBatch)> {
    let mut lines: Vec<String> = report.scans.iter().flat_map(scan_lines).collect();
    lines.extend(plan.display_indent().to_string().lines().map(str::to_owned));
    let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new("plan", DataType::Utf8, false)]));
    let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(StringArray::from(lines))])?;
    Ok((schema, batch))
}

fn scan_lines(scan: &FactScan) -> Vec<String> {
    let open = |end: &Option<String>, word: &str| end.clone().unwrap_or_else(|| word.to_owned());
    let mut lines = vec![
        format!("table {} from cube {}", scan.table, scan.cube),
        format!("  event time: {} to {}", open(&scan.from, "the beginning"), open(&scan.to, "the end")),
        format!(
            "  segments: {} scanned, {} pruned, {} building",
            scan.segments_scanned, scan.segments_pruned, scan.segments_building
        ),
    ];
    lines.extend(scan.segments.iter().map(|segment| {
        format!(
            "    {}: cuboid {} ({}), {} rows, {} bytes",
            segment.segment,
            segment.cuboid,
            segment.dimensions.join(", "),
            segment.rows,
            segment.bytes
        )
    }));
    lines.extend(scan.holes.iter().map(|hole| {
        let (from, to) = (open(&hole.from, "the beginning"), open(&hole.to, "the end"));
        format!("  hole {}: {} (event time {from} to {to})", hole.name, hole.cause)
    }));
    lines
}
