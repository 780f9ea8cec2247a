package io.zrepl.config.yaml;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads the first document of a text into nodes.
 *
 * <p>Built on the parser's events, not on its nodes, so that depth, duplicate keys, merge keys and
 * aliases are judged here, with their places, and so that nothing behind the first document is
 * looked at. An alias shares the node of its anchor: reading costs no more than the text is long.
 */
public final class YamlReader {
  /** Deeper than any sensible file, shallow enough for recursion. */
  private static final int DEEPEST = 64;

  /** Bounds what merge keys can multiply. */
  private static final int MOST_MERGED_ENTRIES = 100_000;

  private static final int LONGEST_KEY = 512;

  /** YAML allows keys of 1024 characters, which those in a dump must not exceed either. */
  private static final int LONGEST_ESCAPED_KEY = 1000;

  private static final String CORE_TAGS = "tag:yaml.org,2002:";

  private final SourceText source;
  private final Problems problems;
  private final Iterator<Event> events;
  private final Map<Anchor, Optional<YamlNode>> anchors = new HashMap<>();
  private final List<HiddenParts.Span> texts = new ArrayList<>();
  private int mergedEntries;
  private Position lastEnd = Position.START;

  private YamlReader(SourceText source, Problems problems) {
    this.source = source;
    this.problems = problems;
    LoadSettings settings =
        LoadSettings.builder().setUseMarks(true).setCodePointLimit(Integer.MAX_VALUE).build();
    this.events = new Parse(settings).parseString(source.text()).iterator();
  }

  /**
   * Reads.
   *
   * @param problems takes syntax errors, duplicate keys, and the like
   * @return the root; null as a scalar if the document is empty. Empty if there is no telling what
   *     the text means; a problem was reported then
   */
  public static Optional<YamlNode> read(SourceText source, Problems problems) {
    if (!checkCharacters(source.text(), problems)) {
      return Optional.empty();
    }
    Optional<YamlNode> root = parse(source, problems);
    if (root.isEmpty()) {
      source.hidden().widen();
    }
    return root;
  }

  private static Optional<YamlNode> parse(SourceText source, Problems problems) {
    try {
      return new YamlReader(source, problems).document();
    } catch (Unreadable e) {
      problems.error(e.position, "", e.text);
    } catch (MarkedYamlEngineException e) {
      Optional<Mark> mark = e.getProblemMark().or(e::getContextMark);
      problems.error(
          mark.map(YamlReader::position).orElse(Position.START),
          "",
          "YAML syntax error: " + syntaxMessage(e));
    } catch (YamlEngineException e) {
      problems.error(Position.START, "", "YAML syntax error: " + e.getMessage());
    }
    return Optional.empty();
  }

  private static String syntaxMessage(MarkedYamlEngineException e) {
    String problem = e.getProblem() == null ? "" : e.getProblem();
    if (problem.contains("TAB")) {
      return "a tab stands where a value or key is expected; indent with blanks";
    }
    if (problem.startsWith("found character '") && problem.contains("cannot start any token")) {
      return "a value cannot begin with %s; put it in quotes".formatted(problem.substring(16, 19));
    }
    return e.getContext() == null || e.getContext().isEmpty()
        ? problem
        : e.getContext() + ", " + problem;
  }

  /** Whether YAML allows all characters. */
  private static boolean checkCharacters(String text, Problems problems) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      boolean control = c < 0x20 && c != '\t' && c != '\n' && c != '\r';
      boolean forbidden = c == 0x7f || (c > 0x7f && c < 0xa0 && c != 0x85);
      if (control || forbidden || (c >= 0xd800 && c < 0xe000) || c == 0xfffe || c == 0xffff) {
        problems.error(
            new Position(line, column),
            "",
            "the character U+%04X is not allowed in YAML; is this a text file?".formatted(c));
        return false;
      }
      i += Character.charCount(c);
      boolean lineEnd = c == '\n' || (c == '\r' && (i >= text.length() || text.charAt(i) != '\n'));
      line = lineEnd ? line + 1 : line;
      column = lineEnd ? 1 : column + 1;
    }
    return true;
  }

  /** Nothing can be said about the rest of the text. */
  private static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Position position;
    private final String text;

    Unreadable(Position position, String text) {
      super(text);
      this.position = position;
      this.text = text;
    }
  }

  private Optional<YamlNode> document() throws Unreadable {
    next(); // the start of the stream
    if (next().getEventId() != Event.ID.DocumentStart) {
      return Optional.of(new YamlNode.Scalar("", true, Position.START));
    }
    YamlNode root = node(next(), 0);
    next(); // the end of the document, so that what hinders it is seen
    source.hidden().hideTouched(texts);
    return Optional.of(root);
  }

  private YamlNode node(Event event, int depth) throws Unreadable {
    Position position = start(event);
    if (depth > DEEPEST) {
      throw new Unreadable(position, "values are nested more than %d deep".formatted(DEEPEST));
    }
    if (event instanceof AliasEvent alias) {
      return anchored(alias, position);
    }
    Optional<Anchor> anchor = ((NodeEvent) event).getAnchor();
    anchor.ifPresent(name -> anchors.put(name, Optional.empty()));
    YamlNode result =
        switch (event) {
          case ScalarEvent scalar -> scalar(scalar, position);
          case MappingStartEvent mapping -> mapping(mapping, position, depth);
          case CollectionStartEvent sequence -> sequence(sequence, position, depth);
          default -> throw new IllegalStateException("unexpected " + event);
        };
    anchor.ifPresent(name -> anchors.put(name, Optional.of(result)));
    return result;
  }

  private YamlNode anchored(AliasEvent alias, Position position) throws Unreadable {
    Optional<YamlNode> node = anchors.get(alias.getAlias());
    String name = alias.getAlias().getValue();
    if (node == null) {
      throw new Unreadable(position, "no value before this has the anchor &" + name);
    }
    return node.orElseThrow(() ->
        new Unreadable(position, "the alias *%s stands inside its own value".formatted(name)));
  }

  private YamlNode scalar(ScalarEvent event, Position position) {
    texts.add(new HiddenParts.Span(position, lastEnd));
    boolean plain = event.isPlain();
    String tag = event.getTag().orElse("");
    switch (tag) {
      case "" -> {}
      case "!", CORE_TAGS + "str" -> plain = false;
      case CORE_TAGS + "null", CORE_TAGS + "bool", CORE_TAGS + "int", CORE_TAGS + "float" ->
          plain = true;
      default -> rejectTag(tag, position);
    }
    return new YamlNode.Scalar(event.getValue(), plain, position);
  }

  private void rejectTag(String tag, Position position) {
    String shown = tag.startsWith(CORE_TAGS) ? "!!" + tag.substring(CORE_TAGS.length()) : tag;
    problems.error(position, "", "the tag %s is not supported here".formatted(shown));
  }

  private YamlNode sequence(CollectionStartEvent event, Position position, int depth)
      throws Unreadable {
    event
        .getTag()
        .filter(tag -> !tag.equals(CORE_TAGS + "seq") && !tag.equals("!"))
        .ifPresent(tag -> rejectTag(tag, position));
    List<YamlNode> elements = new ArrayList<>();
    for (Event next = next(); next.getEventId() != Event.ID.SequenceEnd; next = next()) {
      elements.add(node(next, depth + 1));
    }
    return new YamlNode.Sequence(elements, position);
  }

  private YamlNode mapping(MappingStartEvent event, Position position, int depth)
      throws Unreadable {
    event
        .getTag()
        .filter(tag -> !tag.equals(CORE_TAGS + "map") && !tag.equals("!"))
        .ifPresent(tag -> rejectTag(tag, position));
    Map<String, YamlNode.Entry> entries = new LinkedHashMap<>();
    List<YamlNode> merges = new ArrayList<>();
    Optional<Position> firstMerge = Optional.empty();
    SecretEntries secrets = new SecretEntries(source);
    for (Event next = next(); next.getEventId() != Event.ID.MappingEnd; next = next()) {
      YamlNode key = node(next, depth + 1);
      Event valueEvent = next();
      YamlNode value = node(valueEvent, depth + 1);
      if (!(key instanceof YamlNode.Scalar scalar)) {
        problems.error(
            start(next), "", "a key must be a single word or text, not " + key.describe());
        continue;
      }
      requireShort(scalar.text(), start(next));
      secrets.entry(scalar, start(next), value, start(valueEvent), lastEnd);
      if (scalar.plain() && scalar.text().equals("<<")) {
        rejectDuplicate(firstMerge, scalar, start(next));
        firstMerge = Optional.of(firstMerge.orElse(start(next)));
        merges.add(value);
      } else {
        YamlNode.Entry earlier =
            entries.putIfAbsent(
                scalar.string(),
                new YamlNode.Entry(
                    new YamlNode.Scalar(scalar.text(), scalar.plain(), start(next)), value, false));
        rejectDuplicate(
            Optional.ofNullable(earlier).map(e -> e.key().position()), scalar, start(next));
      }
    }
    secrets.end();
    for (YamlNode merge : merges) {
      merge(merge, entries);
    }
    return new YamlNode.Mapping(List.copyOf(entries.values()), position);
  }

  private static void requireShort(String key, Position position) throws Unreadable {
    if (key.length() > LONGEST_KEY) {
      throw new Unreadable(position, "a key is longer than %d characters".formatted(LONGEST_KEY));
    }
    int escaped =
        key.codePoints()
            .map(c -> c == '"' || c == '\\' ? 2 : Printable.isPrintable(c) ? 1 : "\\u0085".length())
            .sum();
    if (escaped > LONGEST_ESCAPED_KEY) {
      throw new Unreadable(position, "a key has too many characters that cannot be shown");
    }
  }

  private void rejectDuplicate(Optional<Position> earlier, YamlNode.Scalar key, Position position) {
    earlier.ifPresent(first ->
        problems.error(
            position,
            "",
            "the key %s stands twice in this mapping, first on line %d"
                .formatted(Printable.quote(key.text()), first.line())));
  }

  /** Adds what is not there yet, as <a href="https://yaml.org/type/merge.html">merge</a> says. */
  private void merge(YamlNode merged, Map<String, YamlNode.Entry> entries) throws Unreadable {
    List<YamlNode> parts =
        merged instanceof YamlNode.Sequence sequence ? sequence.elements() : List.of(merged);
    for (YamlNode part : parts) {
      if (!(part instanceof YamlNode.Mapping mapping)) {
        problems.error(
            part.position(),
            "",
            "the merge key << needs a mapping or a list of mappings, but this is "
                + part.describe());
        continue;
      }
      mergedEntries += mapping.entries().size() + 1;
      if (mergedEntries > MOST_MERGED_ENTRIES) {
        throw new Unreadable(part.position(), "merge keys make this file too large");
      }
      for (YamlNode.Entry entry : mapping.entries()) {
        entries.putIfAbsent(
            entry.key().string(), new YamlNode.Entry(entry.key(), entry.value(), true));
      }
    }
  }

  private Event next() {
    Event event = events.next();
    lastEnd = event.getEndMark().map(YamlReader::position).orElse(lastEnd);
    return event;
  }

  private static Position start(Event event) {
    return event.getStartMark().map(YamlReader::position).orElse(Position.START);
  }

  private static Position position(Mark mark) {
    return new Position(mark.getLine() + 1, mark.getColumn() + 1);
  }
}
