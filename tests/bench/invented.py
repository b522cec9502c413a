"""Pages of an organisation that does not exist, as like to real ones as they need to be: 70 to 95 KB of navigation,
styles, scripts, a statement, teasers of others. The same number gives the same page, another number another one."""
import json
import random
from bisect import bisect
from itertools import accumulate

FUNCTION_WORDS = (
    "the of and to in a that is was for on with as by at from it were be this have are not which has their had they or "
    "an but been who its more we all there one would into than when some also other after over only them our no what"
).split()
SYLLABLES = "ba be bor cal cam den dor el fen gar hal har in kel lan lor mar men nor or pel ran ros sal sen tar tor ven wil yar".split()
STYLE_WORDS = "card teaser grid stack panel header title meta image label badge button link list item column row".split()


class Writer:
    """What all pages share: the words, the sentences, and the frame of the site."""

    def __init__(self):
        chance = random.Random(1867)
        names = {"".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(6000)}
        self.words = FUNCTION_WORDS + sorted(names)
        self.weights = list(accumulate(1 / (rank + 3) for rank in range(len(self.words))))
        self.sentences = [self.sentence(chance) for _ in range(20_000)]
        self.style = "\n".join(self.rule(chance) for _ in range(90))
        self.menu = "".join(
            f'<li class="menu__item menu-item-{n}"><a class="menu__link" href="/section/{n}/">{self.phrase(chance, 2)}</a></li>\n'
            for n in range(60)
        )

    def word(self, chance):
        return self.words[min(bisect(self.weights, chance.random() * self.weights[-1]), len(self.words) - 1)]

    def phrase(self, chance, length):
        return " ".join(self.word(chance) for _ in range(length)).capitalize()

    def sentence(self, chance):
        words = [self.word(chance) for _ in range(chance.randint(7, 26))]
        if len(words) > 14:
            words[len(words) // 2] += ","
        return " ".join(words).capitalize() + "."

    def rule(self, chance):
        name = "__".join(chance.choices(STYLE_WORDS, k=2))
        return (f".{name} {{ margin: {chance.randint(0, 48)}px auto; padding: {chance.randint(0, 32)}px; "
                f"color: #{chance.randrange(1 << 24):06x}; display: flex; }}")

    def page(self, number):
        """The page of this number, as bytes."""
        chance = random.Random(number)
        title = chance.choice(self.sentences)[:-1][:90]
        day = f"{2015 + number % 10}-{1 + number % 12:02}-{1 + number % 28:02}"
        paragraphs = "\n".join(f"<p>{self.paragraph(chance)}</p>" for _ in range(chance.randint(18, 34)))
        teasers = "\n".join(self.teaser(chance) for _ in range(chance.randint(52, 82)))
        data = json.dumps({"@context": "https://schema.org", "@type": "NewsArticle", "headline": title,
                           "datePublished": day, "publisher": {"@type": "Organization", "name": "Tidewatch Union"}})
        state = json.dumps({f"block-{n}": {"id": chance.randrange(10**9), "seen": False} for n in range(60)})
        return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title} | Tidewatch Union</title>
<meta name="description" content="{chance.choice(self.sentences)}">
<meta property="og:type" content="article"><meta property="article:published_time" content="{day}">
<script type="application/ld+json">{data}</script>
<style>{self.style}</style></head>
<body class="single single-post postid-{number}">
<header class="site-header"><a href="/">Tidewatch Union</a><nav><ul class="menu">{self.menu}</ul></nav></header>
<main><article id="post-{number}"><h1>{title}</h1>
<p class="byline">By <span class="author">{self.phrase(chance, 2).title()}</span>, <time datetime="{day}">{day}</time></p>
{paragraphs}
</article></main>
<aside class="related"><h2>Read more</h2>
{teasers}
</aside>
<footer class="site-footer"><ul class="menu">{self.menu}</ul><p>Tidewatch Union, an invented organisation.</p></footer>
<script>window.__STATE__ = {state};</script>
</body></html>
""".encode()

    def paragraph(self, chance):
        sentences = chance.choices(self.sentences, k=chance.randint(3, 7))
        if chance.random() < 0.3:
            sentences[0] = f'<a href="/{chance.randrange(10**6)}.html">{sentences[0]}</a>'
        return " ".join(sentences)

    def teaser(self, chance):
        number = chance.randrange(10**6)
        return (
            f'<div class="teaser grid__item"><a class="teaser__link" href="/statements/{number}.html">'
            f'<img class="teaser__image" loading="lazy" src="/media/{number}-640.jpg" '
            f'srcset="/media/{number}-320.jpg 320w, /media/{number}-640.jpg 640w, /media/{number}-1280.jpg 1280w" alt="">'
            f'<h3 class="teaser__title">{chance.choice(self.sentences)[:-1]}</h3></a>'
            f'<p class="teaser__text">{chance.choice(self.sentences)}</p></div>'
        )
