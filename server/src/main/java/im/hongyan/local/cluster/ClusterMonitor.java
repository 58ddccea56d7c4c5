package im.hongyan.local.cluster;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Shows the state of a cluster until it is interrupted: as a screen that is redrawn each second, or as lines. */
public final class ClusterMonitor {
    private static final long PERIOD_MS = 1_000;
    private static final int PERIODS_PER_TOTAL = 10;

    // The terminal's alternate screen, so that its former content returns; cursor home; erase to the end of line, of
    // page.
    private static final String ENTER = "\u001b[?1049h\u001b[?25l";
    private static final String LEAVE = "\u001b[?25h\u001b[?1049l";
    private static final String HOME = "\u001b[H";
    private static final String END_OF_LINE = "\u001b[K";
    private static final String END_OF_PAGE = "\u001b[J";

    private final Supplier<ClusterView> source;
    private final PrintWriter out;
    private final List<String> title;
    private boolean left;

    /** @param title lines above the table of a screen */
    public ClusterMonitor(Supplier<ClusterView> source, PrintWriter out, List<String> title) {
        this.source = source;
        this.out = out;
        this.title = List.copyOf(title);
    }

    /** Draws until this thread is interrupted. */
    public void screen() {
        out.print(ENTER);
        try {
            while (true) {
                draw(source.get());
                TimeUnit.MILLISECONDS.sleep(PERIOD_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            leave();
        }
    }

    /** Restores the terminal. May be called from another thread when the program ends. */
    public synchronized void leave() {
        if (!left) {
            left = true;
            out.print(LEAVE);
            out.flush();
        }
    }

    private synchronized void draw(ClusterView view) {
        if (left) {
            return;
        }
        StringBuilder page = new StringBuilder(HOME);
        title.forEach(line -> page.append(line).append(END_OF_LINE).append('\n'));
        page.append(END_OF_LINE).append('\n');
        view.table()
                .lines()
                .forEach(line -> page.append(line).append(END_OF_LINE).append('\n'));
        page.append(END_OF_LINE).append('\n');
        page.append("  ").append(view.total()).append(END_OF_LINE).append('\n').append(END_OF_PAGE);
        out.print(page);
        out.flush();
    }

    /** Prints a line for each change of a node's state, and regularly a total, until this thread is interrupted. */
    public void lines() {
        ClusterView before = new ClusterView(List.of(), "");
        try {
            for (int period = 0; ; period++) {
                ClusterView now = source.get();
                now.changedSince(before)
                        .forEach(node -> out.println(node.name() + " is "
                                + node.status().state() + ": process " + node.pid() + ", port " + node.port()
                                + (node.status().boot().isEmpty()
                                        ? ""
                                        : ", boot " + node.status().boot())));
                if (period % PERIODS_PER_TOTAL == 0) {
                    out.println(now.total());
                }
                out.flush();
                before = now;
                TimeUnit.MILLISECONDS.sleep(PERIOD_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
