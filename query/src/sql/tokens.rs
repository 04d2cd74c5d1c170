//! Spellings that have to be read before a statement can be parsed, on the parser's own tokens.
//!
//! The parser knows `{fn f(…)}` only around plain calls, not around `FLOOR(x TO DAY)` or
//! `EXTRACT(YEAR FROM x)`, and `{d '…'}` only in lower case. And only the order of tokens says
//! which `?` is the first: a walk over the parsed statement comes by in another order.

use cube::{Error, Result};
use datafusion::sql::sqlparser::dialect::Dialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Word};

pub(super) fn read(dialect: &dyn Dialect, sql: &str) -> Result<Vec<TokenWithSpan>> {
    let tokens = Tokenizer::new(dialect, sql).tokenize_with_location();
    let tokens = tokens.map_err(|error| Error::invalid(format!("the statement cannot be read: {error}")))?;
    number_placeholders(without_escapes(tokens))
}

/// `{fn f(…)}` without its braces, and `{D '…'}` in lower case.
fn without_escapes(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut kept = Vec::with_capacity(tokens.len());
    // Of each open brace: whether it was left out.
    let mut open = vec![];
    let mut escape = None;
    for (i, mut token) in tokens.iter().cloned().enumerate() {
        match &mut token.token {
            Token::LBrace => {
                escape = word_after(&tokens[i + 1..]).filter(|word| is_escape(word));
                open.push(escape.is_some_and(is_call));
                if escape.is_some_and(is_call) {
                    continue;
                }
            }
            Token::RBrace if open.pop() == Some(true) => continue,
            Token::Word(word) if escape.take().is_some() => {
                if is_call(word) {
                    continue;
                }
                word.value = word.value.to_ascii_lowercase();
            }
            _ => {}
        }
        kept.push(token);
    }
    kept
}

fn word_after(tokens: &[TokenWithSpan]) -> Option<&Word> {
    match &tokens.iter().find(|token| !matches!(token.token, Token::Whitespace(_)))?.token {
        Token::Word(word) if word.quote_style.is_none() => Some(word),
        _ => None,
    }
}

fn is_escape(word: &Word) -> bool {
    is_call(word) || ["d", "t", "ts"].iter().any(|escape| word.value.eq_ignore_ascii_case(escape))
}

fn is_call(word: &Word) -> bool {
    word.keyword == Keyword::FN
}

/// Each `?` as `$1`, `$2`, … in the order of the text.
fn number_placeholders(mut tokens: Vec<TokenWithSpan>) -> Result<Vec<TokenWithSpan>> {
    let (mut count, mut named) = (0, None);
    for token in &mut tokens {
        let Token::Placeholder(name) = &mut token.token else { continue };
        if name == "?" {
            count += 1;
            *name = format!("${count}");
        } else {
            named = Some(name.clone());
        }
    }
    match named {
        Some(name) if count > 0 => Err(Error::invalid(format!(
            "the statement has both ? and {name}, so their order is not clear; use one kind of placeholder"
        ))),
        _ => Ok(tokens),
    }
}
