//! The two views of a text as Tantivy's tokenisers.

use tantivy::tokenizer::{TextAnalyzer, Token as IndexToken, TokenStream, Tokenizer};

use vidimus_words::{ClusterChunks, Token, WordChunks};

/// Name of the word tokeniser in the schema.
pub(crate) const WORDS: &str = "vidimus_words";
/// Name of the cluster tokeniser in the schema.
pub(crate) const CLUSTERS: &str = "vidimus_clusters";

/// The analyser for word fields.
pub(crate) fn word_analyzer() -> TextAnalyzer {
    TextAnalyzer::from(Words)
}

/// The analyser for cluster fields.
pub(crate) fn cluster_analyzer() -> TextAnalyzer {
    TextAnalyzer::from(Clusters)
}

#[derive(Clone)]
struct Words;

#[derive(Clone)]
struct Clusters;

impl Tokenizer for Words {
    type TokenStream<'a> = ChunkStream<WordChunks<'a>>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        ChunkStream::new(WordChunks::new(text))
    }
}

impl Tokenizer for Clusters {
    type TokenStream<'a> = ChunkStream<ClusterChunks<'a>>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        ChunkStream::new(ClusterChunks::new(text))
    }
}

/// Tokens in turn, with only one chunk of them in memory.
struct ChunkStream<C> {
    chunks: C,
    tokens: std::vec::IntoIter<Token>,
    current: IndexToken,
}

impl<C> ChunkStream<C> {
    fn new(chunks: C) -> ChunkStream<C> {
        ChunkStream { chunks, tokens: Vec::new().into_iter(), current: IndexToken::default() }
    }
}

impl<C: Iterator<Item = Vec<Token>>> TokenStream for ChunkStream<C> {
    fn advance(&mut self) -> bool {
        loop {
            if let Some(token) = self.tokens.next() {
                self.current = IndexToken {
                    offset_from: token.span.start,
                    offset_to: token.span.end,
                    position: token.position,
                    text: token.text,
                    position_length: 1,
                };
                return true;
            }
            match self.chunks.next() {
                Some(tokens) => self.tokens = tokens.into_iter(),
                None => return false,
            }
        }
    }

    fn token(&self) -> &IndexToken {
        &self.current
    }

    fn token_mut(&mut self) -> &mut IndexToken {
        &mut self.current
    }
}
