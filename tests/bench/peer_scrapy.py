#!/usr/bin/env python3
"""Runs scrapy over a list of URLs: fetches all, parses each page and resolves its links, keeps nothing.

usage: peer_scrapy.py URLS.txt
"""
import sys
from pathlib import Path

import scrapy
from scrapy.crawler import CrawlerProcess


class Pages(scrapy.Spider):
    name = "pages"
    custom_settings = {
        "CONCURRENT_REQUESTS": 8,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
        "ROBOTSTXT_OBEY": False,
        "LOG_LEVEL": "ERROR",
        "TELNETCONSOLE_ENABLED": False,
    }

    def __init__(self, listed):
        super().__init__()
        self.start_urls = Path(listed).read_text(encoding="utf8").split()

    def parse(self, response):
        response.css("title::text").get()
        for link in response.css("a::attr(href)").getall():
            response.urljoin(link)


if __name__ == "__main__":
    process = CrawlerProcess()
    process.crawl(Pages, listed=sys.argv[1])
    process.start()
