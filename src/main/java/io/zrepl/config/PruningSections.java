package io.zrepl.config;

import com.google.re2j.Pattern;
import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Kind;
import io.zrepl.config.schema.ListKind;
import io.zrepl.config.schema.Scalars;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Union;
import io.zrepl.config.schema.Values;
import io.zrepl.config.yaml.YamlNode;
import io.zrepl.prune.KeepRule;
import io.zrepl.prune.PruningSettings;
import io.zrepl.prune.RetentionGrid;
import java.util.List;
import java.util.Optional;

/** {@code pruning}. */
final class PruningSections {
  /** A grid and its text, since the text is what the dump shows. */
  private record GridText(RetentionGrid grid, String text) {}

  private static final Kind<KeepRule> KEEP_RULE =
      Union.<KeepRule>named("keep rule")
          .variant("not_replicated", new NotReplicated())
          .variant("last_n", new LastN())
          .variant("grid", new Grid())
          .variant("regex", new Regex());

  private static final ListKind<KeepRule> KEEP_RULES = ListKind.of("keep rules", KEEP_RULE);

  private static final String KEEP_EXAMPLE =
      "[{type: last_n, count: 10, regex: \"^zrepl_\"}, {type: regex, regex: \"^zrepl_\", negate: true}]";

  private PruningSections() {}

  /** {@code pruning} of an active job. */
  static final class BothSides extends Section<PruningSettings> {
    private final Field<List<KeepRule>> keepSender =
        required(
            "keep_sender",
            KEEP_RULES,
            "On the sender, a snapshot that none of these rules keeps is destroyed.",
            "[{type: not_replicated}, {type: last_n, count: 10}]");
    private final Field<List<KeepRule>> keepReceiver =
        required(
            "keep_receiver",
            KEEP_RULES,
            "On the receiver, a snapshot that none of these rules keeps is destroyed.",
            KEEP_EXAMPLE);

    BothSides() {
      super("pruning of push and pull jobs", "Which snapshots are kept on both sides.");
    }

    @Override
    protected PruningSettings build(Values values) {
      return new PruningSettings(values.get(keepSender), values.get(keepReceiver));
    }
  }

  /** {@code pruning} of a job without a second side. */
  static final class OneSide extends Section<List<KeepRule>> {
    private final Field<List<KeepRule>> keep =
        required(
            "keep",
            KEEP_RULES.withCheck(() -> OneSide::notReplicated),
            "A snapshot that none of these rules keeps is destroyed.",
            KEEP_EXAMPLE);

    OneSide() {
      super("pruning of snap jobs", "Which snapshots are kept.");
    }

    private static Optional<String> notReplicated(YamlNode rule) {
      return Union.typeOf(rule)
          .filter("not_replicated"::equals)
          .map(_ -> "a snap job does not replicate, so that not_replicated is not possible here");
    }

    @Override
    protected List<KeepRule> build(Values values) {
      return values.get(keep);
    }
  }

  private static final class NotReplicated extends Section<KeepRule.NotReplicated> {
    private final Field<Boolean> keepSnapshotAtCursor =
        optional(
            "keep_snapshot_at_cursor",
            ConfigurationKinds.BOOL,
            "true",
            "Whether the newest replicated snapshot is kept too.");

    NotReplicated() {
      super("not_replicated keep rule", "Keeps snapshots that are not yet replicated.");
    }

    @Override
    protected KeepRule.NotReplicated build(Values values) {
      return new KeepRule.NotReplicated(values.get(keepSnapshotAtCursor));
    }
  }

  private static final class LastN extends Section<KeepRule.LastN> {
    private final Field<Integer> count =
        required("count", Scalars.integer(1, Integer.MAX_VALUE), "How many, at least 1.");
    private final Field<Optional<Pattern>> regex =
        optional(
            "regex",
            ConfigurationKinds.REGEX_OR_EMPTY,
            "''",
            "Only snapshots whose name matches count and are kept. Empty matches all.");

    LastN() {
      super("last_n keep rule", "Keeps the newest snapshots.");
    }

    @Override
    protected KeepRule.LastN build(Values values) {
      return new KeepRule.LastN(values.get(count), values.get(regex));
    }
  }

  private static final class Grid extends Section<KeepRule.Grid> {
    private final Field<GridText> grid =
        required(
            "grid",
            Scalars.parsed(
                    "retention grid",
                    text -> new GridText(RetentionGrid.parse(text), text),
                    GridText::text)
                .withExample("\"1x1h(keep=all) | 24x1h | 30x1d\""),
            "Intervals from the newest matching snapshot into the past.");
    private final Field<Pattern> regex =
        required("regex", ConfigurationKinds.REGEX, "Only snapshots whose name matches are kept.");

    Grid() {
      super("grid keep rule", "Keeps, of the snapshots that match, fewer the older they are.");
    }

    @Override
    protected KeepRule.Grid build(Values values) {
      return new KeepRule.Grid(values.get(grid).grid(), values.get(regex));
    }
  }

  private static final class Regex extends Section<KeepRule.Regex> {
    private final Field<Pattern> regex =
        required("regex", ConfigurationKinds.REGEX, "Snapshots whose name matches are kept.");
    private final Field<Boolean> negate =
        optional(
            "negate",
            ConfigurationKinds.BOOL,
            "false",
            "Whether to keep those that do not match instead.");

    Regex() {
      super("regex keep rule", "Keeps snapshots by their name.");
    }

    @Override
    protected KeepRule.Regex build(Values values) {
      return new KeepRule.Regex(values.get(regex), values.get(negate));
    }
  }
}
