package io.zrepl.zfs;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.Bookmark;
import io.zrepl.model.BookmarkPath;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.model.VersionPath;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Parses {@code zfs list -H -p -o name,guid,createtxg,creation,userrefs} of versions. */
final class VersionParser {
  /** The columns, as the command takes them. */
  static final String COLUMNS = "name,guid,createtxg,creation,userrefs";

  private static final int COLUMN_COUNT = 5;

  /** One line. */
  record Entry(VersionPath path, FilesystemVersion version) {}

  /**
   * What was found.
   *
   * @param entries in the order of the output
   * @param skipped reasons why a version was left out: its name is none that this program accepts
   */
  record Result(List<Entry> entries, List<String> skipped) {}

  /** A version is left out for its name. */
  static final class UnacceptableNameException extends InvalidValueException {
    private static final long serialVersionUID = 1L;

    UnacceptableNameException(InvalidValueException reason) {
      super(String.valueOf(reason.getMessage()));
    }
  }

  // Lines of one filesystem follow each other: its path is parsed once.
  private @Nullable DatasetPath lastFilesystem;

  /**
   * Parses the whole output.
   *
   * @throws InvalidValueException if a line is not of that form: nothing may be concluded then
   */
  static Result parse(String output) throws InvalidValueException {
    VersionParser parser = new VersionParser();
    List<Entry> entries = new ArrayList<>();
    List<String> skipped = new ArrayList<>();
    for (String line : output.split("\n", -1)) {
      try {
        if (!line.isEmpty()) {
          entries.add(parser.parseLine(line));
        }
      } catch (UnacceptableNameException e) {
        skipped.add(String.valueOf(e.getMessage()));
      }
    }
    return new Result(entries, skipped);
  }

  /**
   * Parses a line.
   *
   * @throws UnacceptableNameException if only the name is none that this program accepts
   * @throws InvalidValueException if it is not of that form: nothing may be concluded then
   */
  Entry parseLine(String line) throws InvalidValueException {
    String[] columns = line.split("\t", -1);
    if (columns.length != COLUMN_COUNT) {
      throw new InvalidValueException(
          "%d columns instead of %d: \"%s\"".formatted(columns.length, COLUMN_COUNT, line));
    }
    Guid guid = Guid.parse(columns[1]);
    CreateTxg createTxg = CreateTxg.parse(columns[2]);
    Instant creation = creation(columns[3]);
    OptionalLong holds = userReferences(columns[4]);
    VersionPath path;
    try {
      path = path(columns[0]);
    } catch (InvalidValueException e) {
      throw new UnacceptableNameException(e);
    }
    FilesystemVersion version =
        switch (path) {
          case SnapshotPath snapshot ->
              new Snapshot(snapshot.name(), guid, createTxg, creation, holds);
          case BookmarkPath bookmark -> new Bookmark(bookmark.name(), guid, createTxg, creation);
        };
    return new Entry(path, version);
  }

  private VersionPath path(String text) throws InvalidValueException {
    DatasetPath filesystem = lastFilesystem;
    if (filesystem != null && text.startsWith(filesystem.toString())) {
      int delimiter = filesystem.toString().length();
      String name = delimiter < text.length() ? text.substring(delimiter + 1) : "";
      if (delimiter < text.length() && text.charAt(delimiter) == '@') {
        return SnapshotPath.of(filesystem, name);
      }
      if (delimiter < text.length() && text.charAt(delimiter) == '#') {
        return BookmarkPath.of(filesystem, name);
      }
    }
    VersionPath path = VersionPath.parse(text);
    lastFilesystem = path.filesystem();
    return path;
  }

  private static Instant creation(String text) throws InvalidValueException {
    try {
      return Instant.ofEpochSecond(Long.parseLong(text));
    } catch (NumberFormatException | DateTimeException e) {
      throw new InvalidValueException("creation is not a time in seconds: \"" + text + "\"");
    }
  }

  private static OptionalLong userReferences(String text) throws InvalidValueException {
    if (text.equals("-")) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseUnsignedLong(text));
    } catch (NumberFormatException e) {
      throw new InvalidValueException("userrefs is not a number: \"" + text + "\"");
    }
  }
}
