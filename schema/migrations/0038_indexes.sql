DROP INDEX "mails_unsent";--> statement-breakpoint
CREATE INDEX "accesses_seal" ON "accesses" USING btree ("seal_id");--> statement-breakpoint
CREATE INDEX "assignments_grappe" ON "assignments" USING btree ("grappe_id");--> statement-breakpoint
CREATE INDEX "codes_created" ON "codes" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "colleagues_porteur" ON "colleagues" USING btree ("porteur_id");--> statement-breakpoint
CREATE INDEX "colleagues_removed" ON "colleagues" USING btree ("removed_at") WHERE "colleagues"."removed_at" is not null;--> statement-breakpoint
CREATE INDEX "column_mappings_created" ON "column_mappings" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "complement_drafts_piece" ON "complement_drafts" USING btree ("piece_id");--> statement-breakpoint
CREATE INDEX "complement_drafts_seal" ON "complement_drafts" USING btree ("seal_id");--> statement-breakpoint
CREATE INDEX "contacts_esms" ON "contacts" USING btree ("esms_id");--> statement-breakpoint
CREATE INDEX "esms_solution" ON "esms" USING btree ("solution_id");--> statement-breakpoint
CREATE INDEX "extensions_og" ON "extensions" USING btree ("og_id");--> statement-breakpoint
CREATE INDEX "extensions_esms" ON "extensions" USING btree ("esms_id");--> statement-breakpoint
CREATE INDEX "grappes_copied_from" ON "grappes" USING btree ("copied_from_id");--> statement-breakpoint
CREATE INDEX "hand_outs_og" ON "hand_outs" USING btree ("og_id");--> statement-breakpoint
CREATE INDEX "hand_outs_esms" ON "hand_outs" USING btree ("esms_id");--> statement-breakpoint
CREATE INDEX "links_email" ON "links" USING btree ("email");--> statement-breakpoint
CREATE INDEX "links_porteur" ON "links" USING btree ("porteur_id");--> statement-breakpoint
CREATE INDEX "links_colleague" ON "links" USING btree ("colleague_id");--> statement-breakpoint
CREATE INDEX "links_og" ON "links" USING btree ("og_id");--> statement-breakpoint
CREATE INDEX "links_esms" ON "links" USING btree ("esms_id");--> statement-breakpoint
CREATE INDEX "links_expires" ON "links" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "links_revoked" ON "links" USING btree ("revoked_at") WHERE "links"."revoked_at" is not null;--> statement-breakpoint
CREATE INDEX "links_consumed" ON "links" USING btree ("consumed_at") WHERE "links"."consumed_at" is not null;--> statement-breakpoint
CREATE INDEX "mails_created" ON "mails" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "mails_link" ON "mails" USING btree ("link_id");--> statement-breakpoint
CREATE INDEX "mails_digest" ON "mails" USING btree ("digest_id");--> statement-breakpoint
CREATE INDEX "mails_bounced" ON "mails" USING btree ("bounced_at") WHERE "mails"."bounced_at" is not null;--> statement-breakpoint
CREATE INDEX "mails_budget" ON "mails" USING btree ("budget","counted_at") WHERE "mails"."budget" is not null;--> statement-breakpoint
CREATE INDEX "member_proposals_esms" ON "member_proposals" USING btree ("esms_id");--> statement-breakpoint
CREATE INDEX "member_proposals_og" ON "member_proposals" USING btree ("og_id");--> statement-breakpoint
CREATE INDEX "opinions_seal" ON "opinions" USING btree ("seal_id");--> statement-breakpoint
CREATE INDEX "own_models_grappe" ON "own_models" USING btree ("grappe_id");--> statement-breakpoint
CREATE INDEX "own_models_unjudged" ON "own_models" USING btree ("sha256") WHERE "own_models"."scanned_at" is null and "own_models"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "passkey_challenges_expires" ON "passkey_challenges" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "relances_mail" ON "relances" USING btree ("mail_id");--> statement-breakpoint
CREATE INDEX "request_counts_ends" ON "request_counts" USING btree ("ends_at");--> statement-breakpoint
CREATE INDEX "reviews_piece" ON "reviews" USING btree ("piece_id");--> statement-breakpoint
CREATE INDEX "reviews_seal" ON "reviews" USING btree ("seal_id");--> statement-breakpoint
CREATE INDEX "seals_to_check" ON "seals" USING btree ("sealed_at") WHERE "seals"."finished_at" is null;--> statement-breakpoint
CREATE INDEX "seals_to_draw" ON "seals" USING btree ("sealed_at") WHERE "seals"."state" = 'scelle' and "seals"."reading_state" in ('a-faire', 'en-cours');--> statement-breakpoint
CREATE INDEX "service_members_service" ON "service_members" USING btree ("service_id");--> statement-breakpoint
CREATE INDEX "sessions_porteur" ON "sessions" USING btree ("porteur_id");--> statement-breakpoint
CREATE INDEX "sessions_colleague" ON "sessions" USING btree ("colleague_id");--> statement-breakpoint
CREATE INDEX "sessions_reviewer" ON "sessions" USING btree ("reviewer_email");--> statement-breakpoint
CREATE INDEX "sessions_expires" ON "sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "versions_deposited" ON "versions" USING btree ("deposited_at");--> statement-breakpoint
CREATE INDEX "versions_moved_to" ON "versions" USING btree ("moved_to_piece_id");--> statement-breakpoint
CREATE INDEX "mails_unsent" ON "mails" USING btree ("created_at") WHERE "mails"."sent_at" is null and "mails"."hand_sent_at" is null and "mails"."bounced_at" is null;