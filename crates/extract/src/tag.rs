//! The elements that the extractor tells apart, and what each means for the flow of text.

/// An element by its role in the flow of text; everything not listed is `Other` (a block) or `Inline`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Tag {
    Root,
    Div,
    P,
    Heading,
    Li,
    List,
    Section,
    Article,
    Main,
    Header,
    Footer,
    Nav,
    Aside,
    Form,
    Table,
    Row,
    Cell,
    Figure,
    Caption,
    Quote,
    Pre,
    Definition,
    Button,
    Details,
    Dialog,
    Body,
    Custom,
    Other,
    Inline,
    Break,
    Rule,
    Skip,
}

impl Tag {
    pub(crate) fn of(name: &str) -> Self {
        match name {
            "div" | "center" => Self::Div,
            "p" => Self::P,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Self::Heading,
            "li" => Self::Li,
            "ul" | "ol" | "menu" | "dir" => Self::List,
            "section" | "hgroup" => Self::Section,
            "article" => Self::Article,
            "main" => Self::Main,
            "header" => Self::Header,
            "footer" => Self::Footer,
            "nav" => Self::Nav,
            "aside" => Self::Aside,
            "form" | "fieldset" | "search" => Self::Form,
            "table" | "tbody" | "thead" | "tfoot" => Self::Table,
            "tr" => Self::Row,
            "td" | "th" => Self::Cell,
            "figure" => Self::Figure,
            "figcaption" | "caption" => Self::Caption,
            "blockquote" => Self::Quote,
            "pre" | "listing" | "xmp" | "plaintext" => Self::Pre,
            "dl" | "dt" | "dd" => Self::Definition,
            "button" => Self::Button,
            "details" | "summary" => Self::Details,
            "dialog" => Self::Dialog,
            "body" => Self::Body,
            "html" | "address" | "legend" | "label" | "optgroup" | "frameset" | "slot" => Self::Other,
            "br" => Self::Break,
            "hr" => Self::Rule,
            "script" | "style" | "template" | "svg" | "noscript" | "iframe" | "object" | "embed"
            | "video" | "audio" | "canvas" | "map" | "select" | "option" | "datalist" | "textarea"
            | "input" | "head" | "title" | "meta" | "link" | "base" | "noembed" | "noframes" | "applet"
            | "progress" | "meter" | "annotation" | "annotation-xml" | "source" | "track" | "param"
            | "rp" | "rt" | "rtc" => Self::Skip,
            _ if name.contains('-') => Self::Custom,
            _ => Self::Inline,
        }
    }

    /// Whether the element starts and ends a block of text.
    pub(crate) fn is_block(self) -> bool {
        !matches!(self, Self::Inline | Self::Break | Self::Rule | Self::Skip)
    }
}
