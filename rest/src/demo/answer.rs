//! Answers as rows of text, and whether two of them say the same.

/// Rows as the REST interface sends them; `None` is NULL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rows {
    pub(super) names: Vec<String>,
    pub(super) rows: Vec<Vec<Option<String>>>,
}

/// How a column of two answers is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Compare {
    /// The same text.
    Exact,
    /// The same number but for the last digits of a double.
    Double,
    /// An estimate that may be off by this many percent.
    Estimate(f64),
}

impl Compare {
    fn same(self, a: Option<&str>, b: Option<&str>) -> bool {
        let within = |share: f64| match (a.map(str::parse::<f64>), b.map(str::parse::<f64>)) {
            (Some(Ok(a)), Some(Ok(b))) => (a - b).abs() <= share * b.abs(),
            _ => a == b,
        };
        match self {
            Self::Exact => a == b,
            Self::Double => within(1e-12),
            Self::Estimate(percent) => within(percent / 100.0),
        }
    }
}

impl Rows {
    /// Whether both say the same, by the rules of `columns`.
    pub(super) fn agrees(&self, other: &Self, columns: &[Compare]) -> bool {
        let same_row = |(a, b): (&Vec<Option<String>>, &Vec<Option<String>>)| {
            a.len() == columns.len()
                && b.len() == columns.len()
                && columns
                    .iter()
                    .zip(a)
                    .zip(b)
                    .all(|((column, a), b)| column.same(a.as_deref(), b.as_deref()))
        };
        self.rows.len() == other.rows.len() && self.rows.iter().zip(&other.rows).all(same_row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Rows {
        let cell = |cell: &str| (cell != "NULL").then(|| cell.to_owned());
        let rows = text.lines().map(|line| line.split_whitespace().map(cell).collect()).collect();
        Rows { names: vec![], rows }
    }

    #[test]
    fn a_wrong_count_a_missing_row_and_a_null_are_noticed() {
        let columns = [Compare::Exact, Compare::Double, Compare::Estimate(5.0)];
        let truth = rows("12 0.1 100\nNULL NULL NULL");
        assert!(rows("12 0.10000000000000002 104\nNULL NULL NULL").agrees(&truth, &columns));
        for wrong in [
            "13 0.1 100\nNULL NULL NULL",
            "12 0.1001 100\nNULL NULL NULL",
            "12 0.1 106\nNULL NULL NULL",
            "12 0.1 NULL\nNULL NULL NULL",
            "12 0.1 100",
            "12 0.1\nNULL NULL",
            "NULL NULL NULL\n12 0.1 100",
        ] {
            assert!(!rows(wrong).agrees(&truth, &columns), "{wrong}");
        }
    }
}
