#!/bin/sh
# Stands in for a language model: reads a question and answers word by word.
set -f  # a star in a question is no file name
read -r question
for word in I was asked: "$question" That is hard to say, for I am seven lines of shell. \
  但是 我 可以 一个词 一个词 地 回答。; do
  printf '%s ' "$word"
  sleep "${PAUSE:-0.15}"
done
echo
