import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Bundles the web client with esbuild. Maven runs this file; it is not part of the server.
 *
 * <p>Each page loads one style sheet and a few script chunks. Their names contain a hash of their content, so that browsers
 * can cache them forever. Some modules keep their names because other pages and features import them. They share chunks
 * with the app, so that each module exists once in a page.
 *
 * <p>Arguments: the folder of the sources, the folder of the classes, a folder for intermediate files, and the folder that
 * esbuild was unpacked to. Writes {@code web/} and {@code web-files.txt}, whose lines are a path and whether the file is
 * {@code immutable} or has to be revalidated ({@code no-cache}). A file that compresses well has a {@code .gz} beside it.
 */
final class BundleWeb {
    /** Modules that other pages and features import by name. */
    private static final List<String> STABLE_MODULES = List.of("hongyan.js", "kit.js");

    /** Files that are served as they are, besides the images. */
    private static final List<String> OTHER_ASSETS = List.of("first-paint.js", "manifest.json");

    private static final List<String> ESBUILD_OPTIONS = List.of(
            "--bundle",
            "--format=esm",
            "--splitting",
            "--minify",
            "--sourcemap",
            "--target=es2022",
            "--charset=utf8",
            "--log-level=warning",
            "--entry-names=[dir]/[name]",
            "--chunk-names=chunk-[hash]",
            "--asset-names=[dir]/[name]",
            "--loader:.svg=file");

    private static final Pattern STYLE_SHEET = Pattern.compile("\\s*<link rel=\"stylesheet\" href=\"([^\"]+)\">");
    private static final Pattern MODULE = Pattern.compile("\\s*<script type=\"module\"( async)? src=\"([^\"]+)\"></script>");
    private static final Pattern STATIC_IMPORT = Pattern.compile("\\b(?:from|import)\"\\./(chunk-\\w+\\.js)\"");

    private final Path sources;
    private final Path classes;
    private final Path staged;
    private final Path bundled;
    private final Path esbuild;
    private final Set<String> lines = new TreeSet<>();

    private BundleWeb(Path sources, Path classes, Path work, Path esbuild) {
        this.sources = sources;
        this.classes = classes;
        this.staged = work.resolve("sources");
        this.bundled = work.resolve("bundled");
        this.esbuild = esbuild;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<Path> folders = Stream.of(arguments).map(Path::of).toList();
        Path esbuild = files(folders.get(3)).stream()
                .filter(file -> file.endsWith("bin/esbuild"))
                .findAny()
                .orElseThrow(() -> new IOException("no bin/esbuild in " + folders.get(3)));
        esbuild.toFile().setExecutable(true);
        new BundleWeb(folders.get(0), folders.get(1), folders.get(2), esbuild).run();
    }

    private void run() throws IOException, InterruptedException {
        for (Path folder : List.of(staged, bundled, classes.resolve("web"))) {
            delete(folder);
        }
        Map<String, String> assets = stageAssets();
        stageSources(assets);
        bundle("index.html", STABLE_MODULES);
        bundle("docs/index.html", List.of());
        for (String asset : assets.values()) {
            write(asset, Files.readAllBytes(staged.resolve(asset)), true);
        }
        for (Path example : files(staged.resolve("docs/examples"))) {
            write(name(staged, example), Files.readAllBytes(example), false);
        }
        Files.write(classes.resolve("web-files.txt"), lines);
    }

    /** Returns the new names of the assets by their names in the sources. */
    private Map<String, String> stageAssets() throws IOException {
        Map<String, String> assets = new TreeMap<>();
        for (Path image : files(sources.resolve("art"))) {
            stageAsset(name(sources, image), Files.readAllBytes(image), assets);
        }
        for (String name : OTHER_ASSETS) {
            stageAsset(name, withNewNames(sources.resolve(name), assets), assets);
        }
        return assets;
    }

    private void stageAsset(String name, byte[] content, Map<String, String> assets) throws IOException {
        String newName = withHash(name, content);
        put(staged.resolve(newName), content);
        assets.put(name, newName);
    }

    private void stageSources(Map<String, String> assets) throws IOException {
        for (Path source : files(sources)) {
            String name = name(sources, source);
            if (!assets.containsKey(name)) {
                put(staged.resolve(name), withNewNames(source, assets));
            }
        }
    }

    private static byte[] withNewNames(Path source, Map<String, String> assets) throws IOException {
        String text = Files.readString(source);
        for (Map.Entry<String, String> asset : assets.entrySet()) {
            text = text.replace(asset.getKey(), asset.getValue());
        }
        return utf8(text);
    }

    /** Bundles the style sheets and the module of a page, together with modules that share chunks with it. */
    private void bundle(String page, List<String> stableModules) throws IOException, InterruptedException {
        String folder = page.substring(0, page.lastIndexOf('/') + 1);
        String html = Files.readString(staged.resolve(page));
        StringBuilder imports = new StringBuilder();
        STYLE_SHEET.matcher(html).results().forEach(found -> imports.append("@import \"./%s\";%n".formatted(found.group(1))));
        String styles = folder + "styles.css";
        put(staged.resolve(styles), utf8(imports.toString()));
        List<MatchResult> scripts = MODULE.matcher(html).results().toList();
        List<String> entries = new ArrayList<>(List.of(styles));
        scripts.forEach(script -> entries.add(folder + script.group(2)));
        stableModules.stream().filter(name -> Files.exists(staged.resolve(name))).forEach(entries::add);

        Path output = bundled.resolve(page);
        esbuild(entries, output);
        List<String> links = new ArrayList<>();
        links.add("<link rel=\"stylesheet\" href=\"%s\">".formatted(within(folder, rename(output, styles))));
        Set<String> chunks = new LinkedHashSet<>();
        List<String> modules = new ArrayList<>();
        for (MatchResult script : scripts) {
            String renamed = rename(output, folder + script.group(2));
            addChunksOf(output, renamed, chunks);
            modules.add(script.group().strip().replace(script.group(2), within(folder, renamed)));
        }
        for (String chunk : chunks) {
            links.add("<link rel=\"modulepreload\" href=\"%s\">".formatted(within(folder, chunk)));
        }
        links.addAll(modules);
        html = STYLE_SHEET.matcher(html).replaceAll("");
        html = MODULE.matcher(html).replaceAll("");
        html = html.replaceFirst("\\s*</head>", Matcher.quoteReplacement(
                "\n    " + String.join("\n    ", links) + "\n  </head>"));
        write(page, utf8(html), false);
        for (Path file : files(output)) {
            String name = name(output, file);
            write(name, Files.readAllBytes(file), !stableModules.contains(name.replaceFirst("\\.map$", "")));
        }
    }

    private void esbuild(List<String> entries, Path output) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(esbuild.toString()));
        command.addAll(entries);
        command.addAll(ESBUILD_OPTIONS);
        command.add("--outbase=.");
        command.add("--outdir=" + output);
        Process process = new ProcessBuilder(command).directory(staged.toFile()).inheritIO().start();
        if (process.waitFor() != 0) {
            throw new IOException("esbuild failed, see its output above");
        }
    }

    /** Adds its hash to the name of an entry, and to that of its source map. */
    private static String rename(Path output, String name) throws IOException {
        Path file = output.resolve(name);
        byte[] content = Files.readAllBytes(file);
        String newName = withHash(name, content);
        String oldMap = file.getFileName() + ".map";
        Path newFile = output.resolve(newName);
        Files.writeString(newFile, Files.readString(file).replace(oldMap, newFile.getFileName() + ".map"));
        Files.move(file.resolveSibling(oldMap), output.resolve(newName + ".map"));
        Files.delete(file);
        return newName;
    }

    /** Adds the chunks that a module imports before it runs, and those that they import. */
    private static void addChunksOf(Path output, String module, Set<String> chunks) throws IOException {
        Matcher imports = STATIC_IMPORT.matcher(Files.readString(output.resolve(module)));
        while (imports.find()) {
            if (chunks.add(imports.group(1))) {
                addChunksOf(output, imports.group(1), chunks);
            }
        }
    }

    private void write(String name, byte[] content, boolean immutable) throws IOException {
        if (!lines.add(name + (immutable ? " immutable" : " no-cache"))) {
            return;
        }
        Path file = classes.resolve("web").resolve(name);
        put(file, content);
        byte[] compressed = gzip(content);
        if (compressed.length < content.length * 9 / 10) {
            put(file.resolveSibling(file.getFileName() + ".gz"), compressed);
        }
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new BestGzip(compressed)) {
            out.write(content);
        }
        return compressed.toByteArray();
    }

    private static final class BestGzip extends GZIPOutputStream {
        BestGzip(ByteArrayOutputStream out) throws IOException {
            super(out);
            def.setLevel(Deflater.BEST_COMPRESSION);
        }
    }

    private static String withHash(String name, byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            int dot = name.lastIndexOf('.');
            return name.substring(0, dot) + '-' + HexFormat.of().formatHex(digest, 0, 5) + name.substring(dot);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** A name as the page in this folder has to write it. */
    private static String within(String folder, String name) {
        return name.startsWith(folder) ? name.substring(folder.length()) : "../" + name;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String name(Path folder, Path file) {
        return folder.relativize(file).toString();
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static void put(Path file, byte[] content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, content);
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
