import Foundation
import LanguageModels
import Options
import RankingData
import Tensors
import Testing

@testable import AutoregressiveRanker

@Suite struct PromptStyleTests {
    /// Appendix B.1 as the paper prints it; lines are broken for this page, paragraphs are the paper's.
    static let appendixB1 = #"""
        You are a helpful assistant that can answer questions about WordNet. You are given a noun synset
        from WordNet and a set of hypernyms for that synset. The hypernyms are separated by the delimiter
        '||'. Your task is to output the most specific hypernym for the synset out of the given set of
        hypernyms.

        Synset: deer.n.01

        Hypernyms: object.n.01 || whole.n.02 || chordate.n.01 || physical_entity.n.01 || mammal.n.01 ||
        ruminant.n.01 || vertebrate.n.01 || placental.n.01 || ungulate.n.01 || even-toed_ungulate.n.01 ||
        animal.n.01 || entity.n.01 || living_thing.n.01 || organism.n.01

        Most specific hypernym:
        """#

    /// Appendix B.2 likewise.
    static let appendixB2 = #"""
        You are a helpful assistant that can answer questions about the ESCI shopping queries dataset. You
        are given a query and a list of product titles for that query. Each product title is preceded by its
        docID in square brackets, and the product titles are separated by the delimiter '||'. Your task is
        to generate the docID of the most relevant product title to the query out of the given set of
        product titles and their docIDs.

        Query: aukey usb c

        Product titles: [25,36,39] Syntech USB C to USB Adapter, 2 Pack USB C to USB3 Adapter, USB Type C to
        USB, Thunderbolt 3 to USB Female Adapter OTG Cable || [25,69,59] SSK USB C 10Gbps Hub, 4-in-1
        SuperSpeed USB 10Gbps Type C Multiport Adapter with 2 USB C 2 USB A 3.1/3.2 Gen2 10Gbps Ports, USB C
        Dock for iMac/MacBook/Pro/Air/Surface Pro and More Type C Devices || [25,36,26] AUKEY Focus 63W USB
        C Charger 60W PD Charger Power Delivery 3.0 [GaN Power] Fast Charger Dual Port USB C Wall Charger
        for MacBook Pro Air 13" 15" iPhone 11, Pro, Max SE, Google Pixel 4 3 XL, Switch || [25,59,45] USB
        Type C Female to USB Male Adapter USB to Type C Laptops Adapter for iPhone 11 Pro Max Airpods iPad
        for Samsung Galaxy S20 Ultra Google Pixel 2Pack || [25,59,2] USB C Cable, Aupek 10FT USB Type C
        Cable Nylon Braided Fast Charger Cord for Nintendo Switch, Google Pixel, Samsung Galaxy Note 8 S9 S8
        S8 Plus S9(Purple) || [25,39,59] AUKEY USB Car Charger, 18w Quick Charge 3.0, Flush Fit Cell Phone
        Adapter for iPhone 12 Pro Max/11 Pro Max/XS/XR, Samsung Galaxy Note 9 / S9 / Note 10 / S10, and More
        || [26,2,77] AUKEY Mechanical Keyboard Blue Switch, 104-Key RGB Backlit Gaming Keyboard with
        Customizable Lighting Effects, Aluminium USB Wired Keyboard for Gaming and Typing || [25,2,46] AUKEY
        Power Strip with 4 AC Outlets and 4 USB Charging Ports, 5-Foot Extension Cord for Smartphone,
        Laptop, Tablet, Home, Office and More (White) || [25,36,97] AUKEY Focus iPhone Fast Charger 30W
        2-Port USB C Charger for iPhone 12/12 Mini/12 Pro Max, PD 3.0 Fast Charger, USB C Wall Charger for
        iPhone 11 Pro Max/8 Plus, Pixel 5, MacBook Air, iPad Pro, Switch || [36,25,31] USB C Cable, 2Pack
        3ft 5ft || [25,26,46] AUKEY USB C Cargador con GAN, Cargador de Pared USB con 60W Power Delivery
        3.0, Compatible con MacBook Pro 13", iPhone 11 Pro, DELL XPS 13, HP Spectre, Lenevo Thinkpad,
        Nintendo Switch || [25,36,45] AUKEY USB C Adapter, [3 Pack] USB C to USB 3.0 Adapter Compatible with
        MacBook Pro 2017/2016, Google Chromebook Pixelbook, Samsung Galaxy S9 S8 S8+ Note8, Google Pixel
        2/2XL - Black || [25,36,39] USB C to USB Adapter (3 Pack), Warmstor Type C Female to USB 3.0 A Male
        Converter Support Data Sync & Charging Compatible with iPhone, iPad, Samsung, Pixel, Laptops, PC,
        Power Banks, Chargers

        Most relevant product title:
        """#

    /// Line breaks within a paragraph are the page's.
    private func unwrapped(_ text: String) -> String {
        text.split(separator: "\n\n").map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
            .joined(separator: "\n\n")
    }

    /// What stands after a label, up to the paragraph's end.
    private func part(_ text: String, after label: String) throws -> String {
        let paragraph = try #require(text.split(separator: "\n\n").first { $0.hasPrefix(label + " ") })
        return String(paragraph.dropFirst(label.count + 1))
    }

    @Test func wordNetsPromptIsAppendixB1() throws {
        let paper = unwrapped(Self.appendixB1)
        let synsets = try part(paper, after: "Hypernyms:").split(separator: " || ").map(String.init)
        #expect(synsets.count == 14 && synsets.contains("even-toed_ungulate.n.01"))
        let documents = synsets.map { PromptStyle.wordNet.document(Entity(named: $0)) }
        #expect(PromptStyle.wordNet.text(.instruction, query: "deer.n.01", documents: documents) == paper)
        let question = PromptStyle.wordNet.text(.question, query: "deer.n.01", documents: documents)
        #expect(question.hasPrefix("Synset: deer.n.01\n\nHypernyms: object.n.01 || whole.n.02"))
        #expect(paper.hasSuffix("\n\n" + question))
    }

    @Test func productSearchsPromptIsAppendixB2() throws {
        let paper = unwrapped(Self.appendixB2)
        let titles = try part(paper, after: "Product titles:").split(separator: " || ").map { title in
            let bracket = try #require(title.firstIndex(of: "]"))
            let docID = String(title[..<bracket].dropFirst())
            return Entity(id: docID, text: String(title[bracket...].dropFirst(2)), docID: docID)
        }
        #expect(
            titles.count == 13 && titles[0].docID == "25,36,39"
                && titles[9].text == "USB C Cable, 2Pack 3ft 5ft")
        let documents = titles.map { PromptStyle.productSearch.document($0) }
        let text = PromptStyle.productSearch.text(.instruction, query: "aukey usb c", documents: documents)
        #expect(text == paper)
    }

    @Test func aCollectionNamesItsStyle() throws {
        for style in PromptStyle.all { #expect(try PromptStyle.named(style.name) == style) }
        #expect(Set(PromptStyle.all.map(\.name)).count == PromptStyle.all.count)
        #expect(
            throws: ConfigurationError.outOfRange(
                option: "the collection's prompt style", value: "poems",
                legal: "wordnet, product-search, neutral")
        ) { try PromptStyle.named("poems") }
        let poems = Collection(names: ["a", "b"], promptStyle: "poems")
        let vocabulary = BytePairVocabulary.learn(from: ["a", "b"], size: 300, specialTokens: 2)
        #expect(throws: ConfigurationError.self) { try RankingPrompt(learned: vocabulary, collection: poems) }
    }

    private static let titles = [
        Entity(id: "1", text: "red shoe", docID: "25,36,39"),
        Entity(id: "2", text: "blue shoe", docID: "25,36,39"),
        Entity(id: "3", text: "caf\u{e9} \u{1F45F} and a half", docID: "7,12,4"),
        Entity(id: "q", text: "shoes", docID: "shoes"),
    ]

    private func task(_ style: String) -> RankingTask {
        let query = RankedQuery(query: 3, documents: [0, 1, 2])
        return RankingTask(
            collection: Collection(entities: Self.titles, documents: [0, 1, 2], promptStyle: style),
            training: [query], development: [], evaluation: [query])
    }

    /// A vocabulary that was learned writes marks in the place of labels, and shows documents in the style's format.
    @Test func learnedVocabulariesWriteMarks() throws {
        let documents = [
            "25,36,39: red shoe", "25,36,39: blue shoe", "7,12,4: caf\u{e9} \u{1F45F} and a half",
        ]
        let task = task("neutral")
        let vocabulary = try RankingPrompt.learnVocabulary(of: task, size: 300)
        let prompt = try RankingPrompt(learned: vocabulary, collection: task.collection)
        let tokens = prompt.evaluationSequence(for: task.evaluation[0]).tokens
        let text = prompt.text(tokens)
        #expect(text.hasPrefix("shoes <documents> ") && text.hasSuffix(" <answer>"))
        let body = text.dropFirst("shoes <documents> ".count).dropLast(" <answer>".count)
        let shown = body.components(separatedBy: " <documents> ")
        #expect(shown.sorted() == documents.sorted())
        #expect(prompt.tokens.prefix(3).map { prompt.text($0) } == ["25,36,39", "25,36,39", "7,12,4"])
        #expect(
            prompt.text([prompt.tokens[0][0], Int32(prompt.pieceCount), -1])
                == prompt.text([prompt.tokens[0][0]]))
    }

    /// A tokenizer of running text writes the style's text, and docIDs as they follow it.
    @Test(arguments: PromptStyle.all, PromptTemplate.allCases)
    func textIsTheStyles(style: PromptStyle, template: PromptTemplate) throws {
        let task = task(style.name)
        // Every byte and some words: a tokenizer that can write any text.
        let everyByte = (0..<128).map { String(UnicodeScalar(UInt8($0))) } + ["\u{e9}", "\u{1F45F}"]
        let tokenizer = BytePairVocabulary.learn(
            from: everyByte + [style.instruction, "red shoe"], size: 320, specialTokens: 0)
        let prompt = try RankingPrompt(
            tokenizer: tokenizer, template: template, collection: task.collection, file: { "{}" })
        let tokens = prompt.evaluationSequence(for: task.evaluation[0]).tokens
        var stream = task.evaluation[0].evaluationStream
        var order = task.evaluation[0].documents
        stream.shuffle(&order)
        let text = style.text(
            template, query: "shoes", documents: order.map { style.document(Self.titles[Int($0)]) })
        #expect(prompt.text(tokens) == text)
        #expect(
            text.hasSuffix(style.cue) && text.hasPrefix(template == .question ? style.queryLabel : "You are"))
        for (entity, docID) in zip(Self.titles, prompt.tokens) {
            #expect(prompt.text(tokens + docID) == "\(text) \(entity.docID)")
        }
        #expect(try prompt.tokenizerFile() == "{}")
        #expect(prompt.countedLength(of: 0) == prompt.tokens[0].count)
        let poor = BytePairVocabulary.learn(from: ["red shoe"], size: 300, specialTokens: 0)
        #expect(throws: TokenizerError.self) {
            try RankingPrompt(tokenizer: poor, template: template, collection: task.collection, file: { "" })
        }
    }
}
