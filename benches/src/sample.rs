//! Kylin's sample stream: messages like its sample producer's, and the cube over them.
//!
//! The same shape as benches/peer/gen.py writes: nine dimensions, three measures, 300 s of event
//! time that touch six minutes, two hours and two days.

use cube::spec::{CubeSpec, ModelSpec, SpecFile};

use crate::Failure;

pub const SPEC: &str = include_str!("sample.yaml");

pub fn spec(topic: &str, brokers: &str) -> Result<(ModelSpec, CubeSpec), Failure> {
    let text = SPEC.replace("{topic}", topic).replace("{brokers}", brokers);
    let file = SpecFile::parse(&text)?;
    let model = file.models.into_iter().next().ok_or("no model")?;
    Ok((model, file.cubes.into_iter().next().ok_or("no cube")?))
}

/// `count` messages; the same for the same seed (xorshift64*).
pub fn messages(count: usize, seed: u64) -> Vec<Vec<u8>> {
    let mut state = seed.max(1);
    let mut below = move |n: u64| {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % n
    };
    let pick = |values: &[&'static str], at: u64| values[at as usize];
    (0..count)
        .map(|i| {
            let time = 1_767_225_600_000 - 150_000 + i as u64 * 300_000 / count as u64;
            let country = pick(&["CHINA", "US", "JAPAN", "INDIA", "KOREA", "AUSTRALIA", "CANADA", "FRANCE"], below(8));
            let category = pick(&["TOY", "CLOTH", "ELECTRONIC", "BOOK", "FOOD"], below(5));
            let device = pick(&["iOS", "Windows", "Android", "Other"], below(4));
            let currency = pick(&["USD", "EUR", "CNY", "JPY", "GBP"], below(5));
            let gender = pick(&["Male", "Female"], below(2));
            let (qty, amount, age) = (below(10), below(10_000), 10 + below(20));
            let mut text = format!(
                "{{\"order_time\":{time},\"country\":\"{country}\",\"category\":\"{category}\",\"device\":\"{device}\",\
                 \"qty\":{qty},\"currency\":\"{currency}\",\"amount\":{}.{:02},\"user\":{{\"id\":\"{:08x}-{:04x}-4000-8000-{:012x}\",\
                 \"gender\":\"{gender}\",\"age\":{age}}}}}",
                amount / 100,
                amount % 100,
                below(1 << 31),
                below(1 << 16),
                below(1 << 31)
            );
            if text.len() < 200 {
                text.pop();
                let pad = 200usize.saturating_sub(text.len() + 10);
                text.push_str(&format!(",\"pad\":\"{}\"}}", "x".repeat(pad)));
            }
            text.into_bytes()
        })
        .collect()
}
