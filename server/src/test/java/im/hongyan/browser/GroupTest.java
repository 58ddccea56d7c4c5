package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Groups: members, roles, mentions and readers. */
class GroupTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void newGroup_highlightsMention_andListsReaders() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo Li");
        Tab cy = browser.newUser("Cy");
        ada.createGroup("Spring migration", bo, cy);
        assertThat(ada.byTestId("note")).hasText("You created the group with Bo Li and Cy");
        assertThat(ada.byTestId("chat-status")).hasText("3 members");

        ada.byTestId("composer").pressSequentially("Ask @b");
        assertThat(ada.byTestId("mention-option")).hasCount(1);
        assertThat(ada.byTestId("mention-option")).hasAttribute("data-user", bo.userId());
        ada.page().keyboard().press("Enter");
        assertThat(ada.byTestId("composer")).hasValue("Ask @Bo Li ");
        ada.byTestId("composer").pressSequentially("for the map.");
        ada.page().keyboard().press("Enter");

        assertThat(bo.row("Spring migration").getByTestId("preview"))
                .hasText("Mentioned you Ada: Ask @Bo Li for the map.");
        assertThat(cy.row("Spring migration").getByTestId("preview")).hasText("Ada: Ask @Bo Li for the map.");
        bo.open("Spring migration");
        assertThat(bo.message("Ask @Bo Li for the map.").locator(".mention.to-me"))
                .hasText("@Bo Li");
        assertThat(bo.byTestId("note")).hasText("Ada created the group with you and Cy");

        assertThat(ada.message("Ask @Bo Li for the map.")).hasAttribute("data-state", "read");
        ada.chooseFromMenu("Ask @Bo Li for the map.", "menu-readers");
        Locator parts = ada.byTestId("readers").locator("section");
        assertThat(parts).containsText(new String[] {"Read by 1", "Not yet read by 1"});
        assertThat(parts).containsText(new String[] {"Bo Li", "Cy"});
        cy.open("Spring migration");
        assertThat(parts).containsText(new String[] {"Read by 2"});
    }

    @Test
    void admin_renamesGroup_andRemovesMember() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        Tab cy = browser.newUser("Cy");
        ada.createGroup("Geese", bo, cy);
        ada.say("Welcome.");
        bo.open("Geese");
        cy.open("Geese");

        bo.byTestId("details-open").click();
        assertThat(bo.byTestId("member")).hasCount(3);
        assertThat(bo.byTestId("rename-group")).hasCount(0);
        ada.byTestId("details-open").click();
        menu(ada, bo, "member-admin");
        assertThat(bo.byTestId("note").last()).hasText("Ada made you an admin");
        cy.byTestId("details-open").click();
        assertThat(member(cy, bo)).hasAttribute("data-role", "admin");

        bo.byTestId("rename-group").click();
        bo.byTestId("rename-input").fill("Wild geese");
        bo.byTestId("rename-submit").click();
        for (Tab tab : new Tab[] {ada, bo, cy}) {
            assertThat(tab.byTestId("chat-title")).hasText("Wild geese");
            assertThat(tab.row("Wild geese")).isVisible();
        }
        assertThat(cy.byTestId("note").last()).hasText("Bo renamed the group “Wild geese”");

        menu(bo, cy, "member-remove");
        bo.byTestId("confirm").click();
        assertThat(ada.byTestId("note").last()).hasText("Bo removed Cy");
        assertThat(cy.page().getByText("You are no longer in this group.")).isVisible();
        assertThat(cy.byTestId("composer")).not().isVisible();
        bo.say("Cy is gone.");
        assertThat(ada.message("Cy is gone.")).isVisible();
        assertThat(cy.message("Welcome.")).isVisible();
        cy.page().reload();
        assertThat(cy.message("Welcome.")).isVisible();
        assertThat(cy.page().content()).doesNotContain("Cy is gone.");
    }

    @Test
    void newMember_seesOnlyLaterMessages_andOwnerLeaves() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        Tab dee = browser.newUser("Dee");
        ada.createGroup("Geese", bo);
        ada.say("Before Dee.");
        bo.open("Geese");

        ada.byTestId("details-open").click();
        ada.byTestId("add-members").click();
        ada.byTestId("new-group-username").fill(dee.account().username());
        ada.byTestId("add-members-submit").click();
        assertThat(ada.byTestId("member")).hasCount(3);
        assertThat(bo.byTestId("note").last()).hasText("Ada added Dee");
        ada.say("Hello Dee!");
        dee.open("Geese");
        assertThat(dee.message("Hello Dee!")).isVisible();
        assertThat(dee.messageTexts()).hasText(new String[] {"Hello Dee!"});

        ada.byTestId("leave-group").click();
        ada.byTestId("confirm").click();
        assertThat(ada.page().getByText("You are no longer in this group.")).isVisible();
        assertThat(bo.byTestId("note").last()).containsText("Ada left the group");
        bo.say("So long, Ada.");
        assertThat(dee.message("So long, Ada.")).isVisible();
        assertThat(ada.page().content()).doesNotContain("So long, Ada.");
        assertThat(bo.byTestId("chat-status")).hasText("2 members");
    }

    private static Locator member(Tab tab, Tab whom) {
        return tab.page().locator("[data-testid=member][data-user='" + whom.userId() + "']");
    }

    private static void menu(Tab tab, Tab whom, String choice) {
        member(tab, whom).getByTestId("member-menu").click();
        tab.byTestId(choice).click();
    }
}
